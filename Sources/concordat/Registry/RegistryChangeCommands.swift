import ArgumentParser
import Broker
import BrokerProtocol
import Cryptography
import Foundation

struct GrantRoleCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "grant", abstract: "Give an officer a role.")
    @Argument(help: "Officer's short name.") var id: String
    @Argument(help: "Role.") var role: RoleName
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Principal = try await broker.call(
            "RegistryService/GrantRole", Concordat_V1_RoleRequest.with { $0.id = id; $0.role = role.message })
        try printer.show(answer) { words(answer) }
    }
}

struct RevokeRoleCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Take a role from an officer.")
    @Argument(help: "Officer's short name.") var id: String
    @Argument(help: "Role.") var role: RoleName
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Principal = try await broker.call(
            "RegistryService/RevokeRole", Concordat_V1_RoleRequest.with { $0.id = id; $0.role = role.message })
        try printer.show(answer) { words(answer) }
    }
}

struct EnrolCertificateCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol", abstract: "Bind a certificate to an officer or a service.")
    @Argument(help: "Short name.") var id: String
    @Argument(help: "PEM file of the certificate, with the intermediates behind it that its holder sends, if any.") var file: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let chain = try certificateChain(at: file).map { Foundation.Data($0.der) }
        let request = Concordat_V1_EnrolCertificateRequest.with {
            $0.id = id
            $0.certificate = chain[0]
            $0.intermediates = Array(chain.dropFirst())
        }
        let answer: Concordat_V1_Certificate = try await broker.call("RegistryService/EnrolCertificate", request)
        try printer.show(answer) { "enrolled \(Hex.encode(answer.thumbprint)) for \(id)" }
    }
}

struct RetireCertificateCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire-certificate", abstract: "Take a certificate out of use; tokens bound to it die at once. Final.")
    @Argument(help: "PEM file of the certificate.") var file: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let thumbprint = Digest.sha256(try certificateDER(at: file))
        let answer: Concordat_V1_Certificate = try await broker.call(
            "RegistryService/RetireCertificate",
            Concordat_V1_RetireCertificateRequest.with { $0.thumbprint = Foundation.Data(thumbprint.bytes); $0.reason = reason })
        try printer.show(answer) { "\(Hex.encode(answer.thumbprint)) is retired" }
    }
}

struct DelegateCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "delegate", abstract: "Record what a signatory may sign for the organisation, and until when.")
    @Argument(help: "Signatory's short name.") var id: String
    @Option(help: "First day or moment at which it holds.") var from: String
    @Option(help: "First day or moment at which it no longer holds.") var until: String
    @Option(help: "Highest sensitivity: public, official, personal, special-category, criminal or restricted-record.")
    var highestSensitivity = "personal"
    @Option(help: "Most rows a day.") var mostRowsPerDay: UInt64
    @Flag(help: "May sign terms with third parties.") var thirdParties = false
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let entry = RegistryFile.Delegation(
            from: from, until: until, highestSensitivity: highestSensitivity, mostRowsPerDay: mostRowsPerDay, thirdParties: thirdParties)
        let request = try entry.request(for: id, prefix: "--")
        try requireNotEnded(request, prefix: "--")
        let answer: Concordat_V1_Delegation = try await broker.call("RegistryService/SetDelegation", request)
        try printer.show(answer) { "delegation \(answer.number) of \(answer.id): \(moment(answer.from)) to \(moment(answer.until))" }
    }
}

struct EndDelegationCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "end-delegation", abstract: "End a delegation now.")
    @Argument(help: "Number in the register of delegations.") var number: UInt32
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Delegation = try await broker.call(
            "RegistryService/EndDelegation", Concordat_V1_EndDelegationRequest.with { $0.number = number })
        try printer.show(answer) { "delegation \(answer.number) has ended" }
    }
}

/// A delegation that has ended already would be a slip of the pen in the ledger for good.
func requireNotEnded(_ request: Concordat_V1_SetDelegationRequest, prefix: String = "") throws {
    guard request.until > BrokerClock.system.now().microseconds else {
        throw CommandFault.usage("\(prefix)until is over already, so that the delegation would never hold; correct it")
    }
}

/// The one certificate of a PEM file, in DER: what is done to one of several would be done to another than was meant.
func certificateDER(at path: String) throws -> [UInt8] {
    let chain = try certificateChain(at: path)
    guard chain.count == 1 else {
        throw CommandFault.usage("\(path) holds \(chain.count) certificates; give a file with the one that you mean alone")
    }
    return chain[0].der
}

/// A certificate and its intermediates; at least the one.
func certificateChain(at path: String) throws -> [X509Certificate] {
    let text = String(decoding: try contents(of: path, limit: 64 << 10), as: UTF8.self)
    do throws(CryptographyFault) {
        let chain = try X509Certificate.chain(pem: text)
        if !chain.isEmpty { return chain }
    } catch {
        throw CommandFault.usage("\(path) cannot be used: \(error)")
    }
    throw CommandFault.usage("\(path) is not a certificate in PEM form: it must hold a BEGIN CERTIFICATE block")
}
