@testable import Agreements
import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@Suite struct StatementTests {
    private let key: ES256PrivateKey
    private let terms: MaterialTerms
    private let statement: Statement
    private let signature: [UInt8]

    init() throws {
        key = try ES256PrivateKey.generate()
        terms = try TermsFixture.terms()
        statement = Statement(origin: Road.origin, terms: terms, role: .signatory, decision: .sign, time: Road.start)
        signature = try key.sign(statement.signingInput)
    }

    private func verify(
        _ bytes: [UInt8]? = nil, signature: [UInt8]? = nil, key: ES256PublicKey? = nil, origin: String = Road.origin,
        terms: MaterialTerms? = nil, role: OfficerRole = .signatory
    ) throws -> VerifiedStatement {
        try VerifiedStatement(
            bytes: bytes ?? statement.bytes, signature: signature ?? self.signature, key: key ?? self.key.publicKey,
            signer: PrincipalNumber(7), expected: StatementSubject(origin: origin, terms: terms ?? self.terms, role: role))
    }

    @Test func goodSignatureIsAccepted() throws {
        let verified = try verify()
        #expect(verified.statement == statement)
        #expect(verified.signer == PrincipalNumber(7))
    }

    @Test func anotherKeyIsRefused() throws {
        let other = try ES256PrivateKey.generate().publicKey
        #expect(throws: StatementFault.badSignature) { try verify(key: other) }
    }

    @Test func statementForAnotherLedgerIsRefused() {
        #expect(throws: StatementFault.otherLedger) { try verify(origin: "ledger.example/broker-2") }
    }

    @Test func statementOnOtherTermsIsRefused() throws {
        let other = try TermsFixture.changedTerms(["title"], to: "Another title")
        #expect(throws: StatementFault.otherTerms) { try verify(terms: other) }
    }

    @Test func statementOnAnotherAgreementIsRefused() throws {
        let other = try TermsFixture.changedTerms(["agreement"], to: "ISA-2026-0043")
        #expect(throws: StatementFault.otherAgreement) { try verify(terms: other) }
    }

    @Test func statementInAnotherRoleIsRefused() {
        #expect(throws: StatementFault.otherRole) { try verify(role: .assetOwner) }
    }

    @Test(arguments: OfficerRole.allCases, StatementDecision.allCases)
    func wordBelongsToItsRoleOnly(role: OfficerRole, decision: StatementDecision) throws {
        let statement = Statement(origin: Road.origin, terms: terms, role: role, decision: decision, time: Road.start)
        let signature = try key.sign(statement.signingInput)
        let allowed: Bool
        switch role {
        case .legal, .dataProtection, .security: allowed = [.noConcern, .concern, .mustNotProceed].contains(decision)
        case .assetOwner, .seniorRiskOwner: allowed = [.approve, .reject].contains(decision)
        case .signatory: allowed = decision == .sign
        case .requester, .caseOfficer, .onCallSecurity: allowed = false
        }
        if allowed {
            _ = try verify(statement.bytes, signature: signature, role: role)
        } else {
            #expect(throws: StatementFault.wrongWord) { try verify(statement.bytes, signature: signature, role: role) }
        }
    }

    @Test func signatureOverTheBareBytesIsRefused() throws {
        let bare = try key.sign(statement.bytes)
        #expect(throws: StatementFault.badSignature) { try verify(signature: bare) }
    }

    @Test(arguments: [0, 63, 65])
    func signatureOfAnotherLengthIsRefused(length: Int) {
        let wrong = Array((signature + [0]).prefix(length))
        #expect(throws: StatementFault.badSignature) { try verify(signature: wrong) }
    }

    @Test func allZeroSignatureIsRefused() {
        #expect(throws: StatementFault.badSignature) { try verify(signature: [UInt8](repeating: 0, count: 64)) }
    }

    @Test func everyFlippedBitOfTheStatementIsRefused() {
        for index in statement.bytes.indices {
            for bit in 0..<8 {
                var bytes = statement.bytes
                bytes[index] ^= 1 << bit
                #expect(throws: StatementFault.self) { try verify(bytes) }
            }
        }
    }

    @Test func statementReadsBack() throws {
        let full = Statement(
            origin: Road.origin, terms: terms, role: .legal, decision: .concern, reasonDigest: Road.note, time: Road.start)
        #expect(try Statement(bytes: full.bytes) == full)
        #expect(try Statement(bytes: statement.bytes) == statement)
    }

    @Test func trailingFieldIsRefused() {
        #expect(throws: TermsFault.wire(.unknownField(9))) { try Statement(bytes: statement.bytes + [0x48, 1]) }
    }

    @Test func oversizedStatementIsRefused() {
        let long = Statement(
            origin: String(repeating: "a", count: 1_100), terms: terms, role: .legal, decision: .concern, time: Road.start)
        #expect(throws: TermsFault.tooLarge(bytes: long.bytes.count, limit: 1_024)) { try Statement(bytes: long.bytes) }
    }

    /// In each state, each word of each role and side: what is said before it is signed is what is said of the signed statement.
    @Test(arguments: Phase.allCases) func whatCannotBeTakenIsRefusedBeforeItIsSigned(phase: Phase) throws {
        let base = try Road.at(phase)
        for side in Road.Side.allCases {
            for role in OfficerRole.allCases {
                for decision in StatementDecision.allCases where decision.belongs(to: role) {
                    let person = base.person(side, role)
                    let proof = try base.proof(person, role, decision)
                    let command: LifecycleCommand =
                        switch decision {
                        case .noConcern, .concern, .mustNotProceed: .advise(proof)
                        case .approve, .reject: .decide(proof)
                        case .sign: .sign(proof)
                        }
                    let signed = StatementTests.refusal { () throws(LifecycleRefusal) in
                        _ = try transition(base.state, command, by: .officer(person.officer), in: base.context(), at: base.now)
                    }
                    let unsigned = StatementTests.refusal { () throws(LifecycleRefusal) in
                        try requireTakeable(proof.statement, on: base.state!, by: person.officer, in: base.context(), at: base.now)
                    }
                    #expect(unsigned == signed, "\(side) \(role) \(decision)")
                }
            }
        }
    }

    private static func refusal(_ step: () throws(LifecycleRefusal) -> Void) -> LifecycleRefusal? {
        do throws(LifecycleRefusal) {
            try step()
            return nil
        } catch {
            return error
        }
    }
}
