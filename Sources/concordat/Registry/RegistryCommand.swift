import ArgumentParser
import BrokerProtocol
import Cryptography

/// Who may act: organisations, officers, services, certificates, roles, delegations.
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "Keep the register of organisations, officers, services, certificates and delegations.",
        discussion: """
            Each change is in the ledger before the command returns. `registry apply FILE` registers everything that a YAML file lists, leaves
            what is there already, and refuses a file that says otherwise than the register.
            """,
        subcommands: [
            ApplyRegistryCommand.self, AddOrganisationCommand.self, RetireOrganisationCommand.self, OrganisationsCommand.self,
            AddPrincipalCommand.self, RetirePrincipalCommand.self, PrincipalsCommand.self, ShowPrincipalCommand.self,
            GrantRoleCommand.self, RevokeRoleCommand.self, EnrolCertificateCommand.self, RetireCertificateCommand.self,
            DelegateCommand.self, EndDelegationCommand.self, WhoAmICommand.self,
        ])
}

struct AddOrganisationCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "add-organisation", abstract: "Register an organisation.")
    @Argument(help: "Short name, for example leeds-cc.") var id: String
    @Option(help: "Full name.") var name: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Organisation = try await broker.call(
            "RegistryService/AddOrganisation", Concordat_V1_AddOrganisationRequest.with { $0.id = id; $0.name = name })
        try printer.show(answer) { "registered \(answer.id) as organisation \(answer.number)" }
    }
}

struct RetireOrganisationCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire-organisation", abstract: "End an organisation: its certificates and tokens die at once. Final.")
    @Argument(help: "Short name.") var id: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Organisation = try await broker.call(
            "RegistryService/RetireOrganisation", Concordat_V1_RetireOrganisationRequest.with { $0.id = id; $0.reason = reason })
        try printer.show(answer) { "\(answer.id) is retired" }
    }
}

struct OrganisationsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "organisations", abstract: "List the organisations.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_ListOrganisationsResponse = try await broker.call(
            "RegistryService/ListOrganisations", Concordat_V1_ListOrganisationsRequest())
        try printer.show(answer) {
            var table = Table("number", "id", "state", "name")
            for one in answer.organisations { table.add(String(one.number), one.id, words(one.state), one.name) }
            return table.text
        }
    }
}

struct AddPrincipalCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "add-principal", abstract: "Register an officer or a service.")
    @Argument(help: "Short name, unique in the broker, for example leeds-cc-legal.") var id: String
    @Option(help: "Organisation's short name.") var organisation: String
    @Option(help: "service (a machine that asks for data), officer, auditor or administrator.") var kind = PrincipalKindName.officer
    @Option(help: "Name for people to read; never in the ledger.") var name: String
    @Option(help: "Role; repeat for more.") var role: [RoleName] = []
    @Option(help: "PEM file of a certificate to enrol with it.") var certificate: String?
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let entry = RegistryFile.Principal(
            id: id, organisation: organisation, kind: kind, name: name, roles: role, certificate: certificate, delegation: nil)
        let answer: Concordat_V1_Principal = try await broker.call("RegistryService/AddPrincipal", try entry.request(certificatesIn: "."))
        try printer.show(answer) { "registered \(answer.id) of \(answer.organisation) as principal \(answer.number)" }
    }
}

struct RetirePrincipalCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire-principal", abstract: "End an officer or a service with all certificates, roles and delegations. Final.")
    @Argument(help: "Short name.") var id: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Principal = try await broker.call(
            "RegistryService/RetirePrincipal", Concordat_V1_RetirePrincipalRequest.with { $0.id = id; $0.reason = reason })
        try printer.show(answer) { "\(answer.id) is retired" }
    }
}

struct PrincipalsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "principals", abstract: "List an organisation's officers and services.")
    @Option(help: "Organisation's short name; yours if absent.") var organisation: String?
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_ListPrincipalsResponse = try await broker.call(
            "RegistryService/ListPrincipals", Concordat_V1_ListPrincipalsRequest.with { $0.organisation = organisation ?? "" })
        let retired = try await broker.retiredOrganisations(unless: connection.json)
        try printer.show(answer) {
            var table = Table("number", "id", "kind", "state", "roles", "name")
            for one in answer.principals {
                table.add(
                    String(one.number), one.id, PrincipalKindName.words(one.kind), retired.contains(one.organisation) ? "of a retired organisation" : words(one.state),
                    one.roles.map(RoleName.words).joined(separator: ","), one.name)
            }
            return table.text
        }
    }
}

struct ShowPrincipalCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one officer or service.")
    @Argument(help: "Short name.") var id: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Principal = try await broker.call(
            "RegistryService/GetPrincipal", Concordat_V1_GetPrincipalRequest.with { $0.id = id })
        let retired = try await broker.retiredOrganisations(unless: connection.json)
        try printer.show(answer) { words(answer, isOfRetired: retired.contains(answer.organisation)) }
    }
}

struct WhoAmICommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "whoami", abstract: "Show who the broker takes you to be.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Principal = try await broker.call("RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest())
        try printer.show(answer) { words(answer) }
    }
}

func words(_ state: Concordat_V1_State) -> String {
    switch state {
    case .active: "active"
    case .retired: "retired"
    default: "unknown"
    }
}

extension BrokerConnection {
    /// Whose people and certificates can do nothing, although each of them is not retired. A program that reads JSON asks for itself.
    fileprivate func retiredOrganisations(unless isForProgram: Bool) async throws -> Set<String> {
        guard !isForProgram else { return [] }
        let answer: Concordat_V1_ListOrganisationsResponse = try await call(
            "RegistryService/ListOrganisations", Concordat_V1_ListOrganisationsRequest())
        return Set(answer.organisations.filter { $0.state == .retired }.map(\.id))
    }
}

/// - Parameter isOfRetired: whether the organisation is retired, and with it everybody and every certificate.
func words(_ principal: Concordat_V1_Principal, isOfRetired: Bool = false) -> String {
    var lines = [
        "\(principal.id), \(PrincipalKindName.words(principal.kind)) of \(principal.organisation), \(words(principal.state))",
        "  name: \(visible(principal.name))", "  number in the ledger: \(principal.number)",
    ]
    if isOfRetired { lines.append("  \(principal.organisation) is retired: nothing of this can be used any more") }
    if !principal.roles.isEmpty { lines.append("  roles: " + principal.roles.map(RoleName.words).joined(separator: ", ")) }
    for one in principal.certificates {
        lines.append("  certificate \(Hex.encode(one.thumbprint)), \(words(one.state)), until \(moment(one.notAfter))")
    }
    for one in principal.delegations {
        let level = RegistryFile.Delegation.levels
        let sensitivity = level.indices.contains(Int(one.maxSensitivity) - 1) ? level[Int(one.maxSensitivity) - 1] : "unknown"
        lines.append(
            "  delegation \(one.number), \(words(one.state)): \(moment(one.from)) to \(moment(one.until)), at most \(one.maxRowsPerDay) rows a day, up to \(sensitivity), third parties \(one.thirdParties ? "too" : "not")")
    }
    return lines.joined(separator: "\n")
}
