import ArgumentParser
import BrokerProtocol

struct ApplyRegistryCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Register what a YAML file lists; what is there already stays as it is.",
        discussion: """
            organisations:
              - id: leeds-cc
                name: Leeds City Council
            principals:
              - id: leeds-cc-signatory
                organisation: leeds-cc
                name: Head of Revenues
                roles: [signatory]
                certificate: leeds-cc/signatory.pem
                delegation: {from: 2026-01-01, until: 2027-01-01, highest_sensitivity: personal, most_rows_per_day: 10000}
              - id: leeds-cc-ctr
                organisation: leeds-cc
                kind: service
                name: Council tax reduction service
                certificate: leeds-cc/council-tax-reduction.pem
            """)
    @Argument(help: "YAML file.") var file: String
    @Option(help: "Directory that the file's certificate paths start from.") var certificates = "."
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let file = try RegistryFile(path: file)
        // Every file is read before the first change, so that a missing certificate changes nothing.
        let principals = try file.principals.map { ($0, try $0.request(certificatesIn: certificates)) }
        let delegations = try file.principals.compactMap { principal in
            try principal.delegation.map { (principal.id, try $0.request(for: principal.id)) }
        }
        var added = 0
        var kept = 0
        for one in file.organisations {
            let request = Concordat_V1_AddOrganisationRequest.with { $0.id = one.id; $0.name = one.name }
            let answer: Concordat_V1_Organisation? = try await broker.callUnlessThere("RegistryService/AddOrganisation", request)
            if answer == nil { kept += 1 } else { added += 1 }
        }
        var fresh: Set<String> = []
        for (principal, request) in principals {
            let answer: Concordat_V1_Principal? = try await broker.callUnlessThere("RegistryService/AddPrincipal", request)
            if answer == nil {
                try await requireSame(principal, request, broker)
                kept += 1
            } else {
                added += 1
                fresh.insert(principal.id)
            }
        }
        for (id, request) in delegations where fresh.contains(id) {
            let _: Concordat_V1_Delegation = try await broker.call("RegistryService/SetDelegation", request)
            added += 1
        }
        printer.show(object: [("added", .integer(added)), ("kept", .integer(kept))]) {
            "\(added) added, \(kept) were there already"
        }
    }

    /// What is there already must be what the file says, or the file would be believed for nothing.
    private func requireSame(
        _ principal: RegistryFile.Principal, _ request: Concordat_V1_AddPrincipalRequest, _ broker: BrokerConnection
    ) async throws {
        let there: Concordat_V1_Principal
        do {
            there = try await broker.call("RegistryService/GetPrincipal", Concordat_V1_GetPrincipalRequest.with { $0.id = principal.id })
        } catch is CommandFault {
            throw CommandFault.refused(
                "\(principal.id) is not registered, and its certificate is enrolled for somebody else; give a certificate of its own. What stands before it in the file was registered.")
        }
        guard there.organisation == request.organisation, there.kind == request.kind, Set(there.roles) == Set(request.roles) else {
            throw CommandFault.refused(
                "\(principal.id) is registered with another organisation, kind or roles than the file says; `concordat registry show \(principal.id)` tells which. What stands before it in the file was registered.")
        }
    }
}
