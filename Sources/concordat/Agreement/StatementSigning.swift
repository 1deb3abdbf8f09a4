import Agreements
import BrokerProtocol
import Cryptography
import Foundation
import Vocabulary

/// Getting a statement, reading it, and signing it with the caller's own key. What is signed is what was asked for and shown: the statement
/// is decoded here, and the digest in it recomputed from the terms that came with it.
struct StatementSigning {
    let agreement: String
    let role: Concordat_V1_Role
    let decision: Concordat_V1_StatementDecision
    let reason: String
    let connection: ConnectionOptions

    func send(_ method: String, with broker: BrokerConnection, printer: Printer) async throws {
        let key = try privateKey()
        let prepared: Concordat_V1_PrepareStatementResponse = try await broker.call(
            "AgreementService/PrepareStatement",
            Concordat_V1_PrepareStatementRequest.with {
                $0.agreement = agreement
                $0.role = role
                $0.decision = decision
                $0.reason = reason
            })
        let statement = try checked(prepared)
        printer.remark(visible(prepared.text))
        let signature = try key.sign(statement.signingInput)
        let answer: Concordat_V1_AgreementChange = try await broker.call(
            "AgreementService/\(method)",
            Concordat_V1_StatementRequest.with {
                $0.statement = prepared.statement
                $0.signature = Foundation.Data(signature)
                $0.reason = reason
            })
        try printer.show(answer) { AgreementWords.change(answer) }
    }

    private func privateKey() throws -> ES256PrivateKey {
        let path = try connection.keyPath()
        do {
            return try ES256PrivateKey(pem: String(decoding: try contents(of: path, limit: 64 << 10), as: UTF8.self))
        } catch is CryptographyFault {
            throw CommandFault.usage("\(path) is not a P-256 private key in PEM form (PKCS #8), which statements are signed with")
        }
    }

    private func checked(_ prepared: Concordat_V1_PrepareStatementResponse) throws -> Statement {
        let statement = try Statement(bytes: [UInt8](prepared.statement))
        let terms = try MaterialTerms(bytes: [UInt8](prepared.terms))
        guard statement.agreement.text == agreement, statement.termsDigest == terms.digest else {
            throw CommandFault.refused("the broker prepared a statement about other terms than it showed; nothing was signed, tell the operator")
        }
        return statement
    }
}
