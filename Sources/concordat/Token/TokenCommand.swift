import ArgumentParser
import BrokerProtocol
import Cryptography
import Foundation
import RPC
import Vocabulary

/// Short-lived access tokens for a service.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Get and look at access tokens.",
        discussion: "A token works only with the certificate that it was issued to, for ten minutes at most, and dies with its agreement.",
        subcommands: [
            IssueTokenCommand.self, InspectTokenCommand.self, IntrospectTokenCommand.self, RevokeTokenCommand.self, KeysCommand.self, RevocationsCommand.self,
        ])
}

struct IssueTokenCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Get a token for your service.",
        discussion: "Prints the token alone, so that it can go into a variable: TOKEN=$(concordat token issue ...)")
    @Option(help: "Agreement with its version, for example ISA-2026-0001@1.") var agreement: String
    @Option(help: "Dataset.") var dataset: String
    @Option(help: "Purpose code of the terms.") var purpose: String
    @Option(help: "Seconds to live, 1 to 600.") var seconds: UInt32 = 300
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 600.") }
    }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let parts = agreement.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, AgreementID(String(parts[0])) != nil, let version = UInt32(parts[1]), version >= 1 else {
            throw CommandFault.usage("--agreement must be an agreement and its version, such as ISA-2026-0001@1; `concordat agreement list` shows both")
        }
        let request = Concordat_V1_IssueTokenRequest.with {
            $0.scope = "agr:\(agreement) ds:\(dataset):read purpose:\(purpose)"
            $0.lifetimeSeconds = seconds
        }
        let answer: Concordat_V1_IssueTokenResponse = try await broker.call("TokenService/IssueToken", request) { status in
            guard status.errorInfo?.reason == "INVALID_SCOPE" else { return nil }
            // The broker says the same of what does not exist and of what is not this service's: so does this.
            return .refused(
                """
                no token [INVALID_SCOPE]: the agreement does not give this service what was asked for, or there is no such agreement. Check agreement, \
                version and state (concordat agreement list), dataset and purpose (concordat agreement show \(parts[0]) --terms). An information asset \
                owner sees the true reason (concordat ledger denials).
                """)
        }
        try printer.show(answer) { answer.accessToken }
    }
}

struct InspectTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what a token says, without checking it; no broker is asked.",
        discussion: "Prints header and claims as the token has them, one line each; with --json one object of the two.")
    @Argument(help: "Token, or - to read it from standard input.") var token: String
    @Flag(help: "Print one JSON object with header and claims.") var json = false

    func run() throws {
        let given = token == "-" ? String(decoding: try contents(of: "-", limit: 1 << 20), as: UTF8.self) : token
        let text = given.trimmingCharacters(in: .whitespacesAndNewlines)
        try TokenText.require(text)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]) else {
            throw CommandFault.usage("this is not a token: it must have three parts in base64url with dots between")
        }
        let printer = Printer(json: json)
        let (headerText, claims) = (try InspectTokenCommand.object(header), try InspectTokenCommand.object(payload))
        if json {
            printer.line("{\"header\":\(headerText),\"claims\":\(claims)}")
        } else {
            printer.line(headerText)
            printer.line(claims)
        }
    }
}

extension InspectTokenCommand {
    private static var notObjects: CommandFault { .usage("this is not a token: its parts must be JSON objects in base64url") }

    /// The part's own text, which must be a JSON object and is made safe for a terminal.
    private static func object(_ bytes: [UInt8]) throws -> String {
        do {
            guard try JSONSerialization.jsonObject(with: Foundation.Data(bytes)) is NSDictionary else { throw notObjects }
        } catch {
            throw notObjects
        }
        return visible(String(decoding: bytes, as: UTF8.self))
    }
}

struct IntrospectTokenCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "introspect", abstract: "Ask the broker whether your token is live.")
    @Argument(help: "Token.") var token: String
    @OptionGroup var connection: ConnectionOptions

    func validate() throws { try requireTokenShape(token) }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_IntrospectResponse = try await broker.call(
            "TokenService/Introspect", Concordat_V1_IntrospectRequest.with { $0.token = token })
        try printer.show(answer) { answer.active ? "live: \(answer.scope)" : "not live, or not yours" }
    }
}

struct RevokeTokenCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Kill one of your own tokens.")
    @Argument(help: "Token.") var token: String
    @OptionGroup var connection: ConnectionOptions

    func validate() throws { try requireTokenShape(token) }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_RevokeResponse = try await broker.call(
            "TokenService/Revoke", Concordat_V1_RevokeRequest.with { $0.token = token })
        try printer.show(answer) { "if it was yours, it is dead" }
    }
}

/// Whoever has lost a token must not be told that it is dead.
private func requireTokenShape(_ token: String) throws {
    guard token.split(separator: ".", omittingEmptySubsequences: false).count == 3 else {
        throw ValidationError("this is no token: it must have three parts with dots between. See that the variable that should hold it is not empty.")
    }
    do throws(CommandFault) { try TokenText.require(token) } catch { throw ValidationError(error.message) }
}

struct KeysCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "keys", abstract: "Print the public keys that tokens are signed with, as a JSON Web Key Set.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_GetKeysResponse = try await broker.call("TokenService/GetKeys", Concordat_V1_GetKeysRequest())
        // RFC 7517 JSON already: whoever reads it wants the keys, and not a text with the keys in it.
        printer.line(visible(answer.jwks))
    }
}
