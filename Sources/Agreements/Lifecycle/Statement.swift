import Cryptography
import ProtobufWire
import Vocabulary

/// What an officer signs: this word, in this role, on these terms, for this ledger. Field numbers are frozen (`Protocols/terms.proto`).
package struct Statement: Hashable, Sendable {
    /// The ledger for which it is meant, so that it says nothing in another.
    package let origin: String
    package let agreement: AgreementID
    package let version: AgreementVersion
    package let termsDigest: Digest
    package let role: OfficerRole
    package let decision: StatementDecision
    /// SHA-256 of the reason's text, which stays outside the ledger.
    package let reasonDigest: Digest?
    /// When the signer says it was signed.
    package let time: Timestamp

    package init(
        origin: String, agreement: AgreementID, version: AgreementVersion, termsDigest: Digest, role: OfficerRole,
        decision: StatementDecision, reasonDigest: Digest? = nil, time: Timestamp
    ) {
        self.origin = origin
        self.agreement = agreement
        self.version = version
        self.termsDigest = termsDigest
        self.role = role
        self.decision = decision
        self.reasonDigest = reasonDigest
        self.time = time
    }

    /// A statement on these terms.
    package init(
        origin: String, terms: MaterialTerms, role: OfficerRole, decision: StatementDecision, reasonDigest: Digest? = nil, time: Timestamp
    ) {
        self.init(
            origin: origin, agreement: terms.agreement, version: terms.version, termsDigest: terms.digest, role: role, decision: decision,
            reasonDigest: reasonDigest, time: time)
    }

    /// Canonical protobuf.
    package var bytes: [UInt8] {
        var writer = WireWriter(reserving: 192)
        writer.string(1, origin)
        writer.string(2, agreement.text)
        writer.varint(3, UInt64(version.value))
        writer.bytes(4, termsDigest.bytes)
        writer.varint(5, role.number)
        writer.varint(6, decision.number)
        writer.bytes(7, reasonDigest?.bytes ?? [])
        writer.int64(8, time.microseconds)
        return writer.bytes
    }

    /// What the signature is made over: "concordat/decision/1" 0x00 ‖ `bytes`.
    package var signingInput: [UInt8] {
        Array("concordat/decision/1".utf8) + [0] + bytes
    }

    /// Reads canonical bytes strictly.
    package init(bytes: [UInt8]) throws(TermsFault) {
        guard bytes.count <= TermsLimits.maxStatementBytes else {
            throw .tooLarge(bytes: bytes.count, limit: TermsLimits.maxStatementBytes)
        }
        do throws(WireFault) {
            try self.init(reading: bytes)
            try requireCanonical(bytes, reencoded: self.bytes)
        } catch {
            throw .wire(error)
        }
    }

    private init(reading bytes: [UInt8]) throws(WireFault) {
        var origin: String?, agreement: AgreementID?, version: AgreementVersion?, digest: Digest?
        var role: OfficerRole?, decision: StatementDecision?, reason: Digest?, time: Timestamp?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: origin = try field.string()
            case 2: agreement = AgreementID(try field.string())
            case 3: version = AgreementVersion(try field.uint32())
            case 4: digest = Digest(try field.bytes())
            case 5: role = OfficerRole(number: try field.varint())
            case 6: decision = StatementDecision(number: try field.varint())
            case 7:
                reason = Digest(try field.bytes())
                guard reason != nil else { throw .outOfRange(field: 7) }
            case 8: time = Timestamp(microseconds: try field.int64())
            default: throw .unknownField(field.number)
            }
        }
        guard let origin, !origin.isEmpty else { throw .missing(field: 1) }
        guard let agreement else { throw .missing(field: 2) }
        guard let version else { throw .missing(field: 3) }
        guard let digest else { throw .missing(field: 4) }
        guard let role else { throw .missing(field: 5) }
        guard let decision else { throw .missing(field: 6) }
        guard let time else { throw .missing(field: 8) }
        self.init(
            origin: origin, agreement: agreement, version: version, termsDigest: digest, role: role, decision: decision,
            reasonDigest: reason, time: time)
    }

    /// In words, for the person who is about to sign.
    package var text: String {
        "As \(role.title): \(decision.sentence) on agreement \(agreement), version \(version), terms \(termsDigest.hex), "
            + "for the ledger \(origin), at \(time)."
    }
}

/// The word that a statement gives. Numbers are frozen.
package enum StatementDecision: String, TermsCode {
    case noConcern = "no-concern"
    case concern
    case mustNotProceed = "must-not-proceed"
    case approve
    case reject
    case sign

    package var number: UInt64 {
        switch self {
        case .noConcern: 1
        case .concern: 2
        case .mustNotProceed: 3
        case .approve: 4
        case .reject: 5
        case .sign: 6
        }
    }

    var sentence: String {
        switch self {
        case .noConcern: "I advise that I have no concern"
        case .concern: "I advise that I have a concern"
        case .mustNotProceed: "I advise that this must not proceed"
        case .approve: "I decide yes"
        case .reject: "I decide no"
        case .sign: "I sign for my organisation"
        }
    }

    /// Who gives this word.
    package func belongs(to role: OfficerRole) -> Bool {
        switch self {
        case .noConcern, .concern, .mustNotProceed: OfficerRole.advisers.contains(role)
        case .approve, .reject: role == .assetOwner || role == .seniorRiskOwner
        case .sign: role == .signatory
        }
    }

    /// Whether the reason's digest must be in the statement.
    package var needsReason: Bool {
        switch self {
        case .concern, .mustNotProceed, .reject: true
        case .noConcern, .approve, .sign: false
        }
    }
}
