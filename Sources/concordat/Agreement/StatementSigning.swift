import Agreements
import BrokerProtocol
import Cryptography
import Foundation
import Vocabulary

/// Getting a statement, reading it, and signing it with the caller's own key. What is signed is what was asked for, read and shown: the
/// statement is decoded here, the digest in it recomputed from the terms that came with it, and both compared with what the caller has read.
struct StatementSigning {
    let options: StatementOptions
    let role: Concordat_V1_Role
    let decision: Concordat_V1_StatementDecision
    let connection: ConnectionOptions

    func send(_ method: String, with broker: BrokerConnection, printer: Printer) async throws {
        let key = try privateKey()
        let read = try options.seen.digest()
        let prepared: Concordat_V1_PrepareStatementResponse = try await broker.call(
            "AgreementService/PrepareStatement",
            Concordat_V1_PrepareStatementRequest.with {
                $0.agreement = options.agreement
                $0.role = role
                $0.decision = decision
                $0.reason = options.reason
            })
        let statement = try checked(prepared)
        try requireSeen(statement, read)
        printer.remark(visible(prepared.text))
        let signature = try key.sign(statement.signingInput)
        let answer: Concordat_V1_AgreementChange = try await broker.call(
            "AgreementService/\(method)",
            Concordat_V1_StatementRequest.with {
                $0.statement = prepared.statement
                $0.signature = Foundation.Data(signature)
                $0.reason = options.reason
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
        guard statement.agreement.text == options.agreement, statement.termsDigest == terms.digest else {
            throw CommandFault.refused("the broker prepared a statement about other terms than it showed; nothing was signed, tell the operator")
        }
        return statement
    }

    /// The terms may have been returned, changed and advised on again since they were read.
    private func requireSeen(_ statement: Statement, _ read: Digest?) throws {
        guard options.seen.version == 0 || options.seen.version == statement.version.value else {
            throw CommandFault.refused(
                "\(options.agreement) has version \(statement.version) now, and not \(options.seen.version); nothing was signed. Read it: concordat agreement show \(options.agreement) --terms")
        }
        guard read == nil || read == statement.termsDigest else {
            throw CommandFault.refused(
                "the terms of \(options.agreement) are not those that you read: their digest is \(statement.termsDigest.hex) now; nothing was signed. Read them: concordat agreement show \(options.agreement) --terms")
        }
    }
}
