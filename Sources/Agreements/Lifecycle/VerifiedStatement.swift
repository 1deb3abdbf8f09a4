import Cryptography
import Vocabulary

/// A statement whose signature was checked: holding one means that the key's owner said exactly this, to this ledger, about these terms.
/// There is no other way to get one than `init`.
package struct VerifiedStatement: Hashable, Sendable {
    package let statement: Statement
    /// ES256, r ‖ s. Not an identifier: one statement and key have many signatures.
    package let signature: [UInt8]
    /// Whose registered certificate holds the key.
    package let signer: PrincipalNumber

    /// Checks the statement against what it must be about, and the signature against the key of the signer's registered certificate.
    /// That the certificate was valid and the signer's is the caller's to know.
    package init(
        bytes: [UInt8], signature: [UInt8], key: ES256PublicKey, signer: PrincipalNumber, expected: StatementSubject
    ) throws(StatementFault) {
        let statement: Statement
        do throws(TermsFault) {
            statement = try Statement(bytes: bytes)
        } catch {
            throw .malformed
        }
        guard statement.origin == expected.origin else { throw .otherLedger }
        guard statement.agreement == expected.agreement, statement.version == expected.version else { throw .otherAgreement }
        guard statement.termsDigest == expected.termsDigest else { throw .otherTerms }
        guard statement.role == expected.role else { throw .otherRole }
        guard statement.decision.belongs(to: statement.role) else { throw .wrongWord }
        guard signature.count == 64 else { throw .badSignature }
        guard key.isValid(signature, for: statement.signingInput) else { throw .badSignature }
        self.statement = statement
        self.signature = signature
        self.signer = signer
    }
}

/// What a statement has to be about to count.
package struct StatementSubject: Hashable, Sendable {
    package let origin: String
    package let agreement: AgreementID
    package let version: AgreementVersion
    package let termsDigest: Digest
    package let role: OfficerRole

    package init(origin: String, terms: MaterialTerms, role: OfficerRole) {
        self.origin = origin
        agreement = terms.agreement
        version = terms.version
        termsDigest = terms.digest
        self.role = role
    }
}

/// Why a signed statement does not count.
package enum StatementFault: String, Error, Hashable, CaseIterable, Sendable {
    case malformed = "STATEMENT_MALFORMED"
    case otherLedger = "STATEMENT_FOR_ANOTHER_LEDGER"
    case otherAgreement = "STATEMENT_ON_ANOTHER_AGREEMENT"
    case otherTerms = "STATEMENT_ON_OTHER_TERMS"
    case otherRole = "STATEMENT_IN_ANOTHER_ROLE"
    case wrongWord = "STATEMENT_WORD_NOT_OF_ROLE"
    case badSignature = "STATEMENT_SIGNATURE_BAD"

    /// What is wrong and what to do, for the person.
    package var message: String {
        switch self {
        case .malformed: "The statement is not canonically encoded. Sign the bytes that the broker prepared."
        case .otherLedger: "The statement names another ledger. Prepare and sign it with this broker."
        case .otherAgreement: "The statement names another agreement or version. Prepare it for this one."
        case .otherTerms: "The terms have changed since the statement was prepared. Read them again, then prepare and sign anew."
        case .otherRole: "The statement names another role than the one acted in. Prepare it in that role."
        case .wrongWord: "Advisers advise, information asset owners decide, signatories sign. Prepare the statement that your role gives."
        case .badSignature:
            "The signature is not one of your registered certificate's key over this statement. Sign the prepared bytes with that key (ES256, 64 bytes r then s)."
        }
    }
}
