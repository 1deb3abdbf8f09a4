import ArgumentParser
import BrokerProtocol

struct ApplyRegistryCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Register what a YAML file lists; what is there already stays as it is.",
        discussion: """
            A certificate that somebody does not have yet is enrolled beside the earlier ones; intermediates that its holder sends stand behind it in its
            file. A file that has another name for an organisation, or another kind, role or delegation for somebody of its organisations than the
            register, or somebody who is retired, is refused before anything is changed; that somebody is registered with an organisation that the file
            does not name is found when it is their turn. `until` of a delegation is the first day, or moment, at
            which it no longer holds.

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
        let plan = try await RegistryPlan(RegistryFile(path: file), certificatesIn: certificates, with: broker)
        var enrolled: [String] = []
        for (done, step) in plan.steps.enumerated() {
            do {
                if let id = try await ApplyRegistryCommand.take(step, with: broker) { enrolled.append(id) }
            } catch let fault as CommandFault where done > 0 {
                throw CommandFault(message: fault.message + "\nWhat stands before it in the file was registered.", status: fault.status)
            }
        }
        let added = plan.steps.count
        let members: [(String, JSONValue)] = [
            ("added", .integer(added)), ("kept", .integer(plan.kept)), ("enrolled", .list(enrolled.map { .text($0) })),
        ]
        printer.show(object: members) {
            let lines = enrolled.map { "  \($0): certificate enrolled; an earlier one goes on until it ends or is retired" }
            return (["\(added) added, \(plan.kept) were there already"] + lines).joined(separator: "\n")
        }
    }

    /// One change; the name of who has a further certificate by it.
    private static func take(_ step: RegistryPlan.Step, with broker: BrokerConnection) async throws -> String? {
        switch step {
        case .organisation(let request, let place):
            let _: Concordat_V1_Organisation = try await at(place) { try await broker.call("RegistryService/AddOrganisation", request) }
        case .principal(let request, let place):
            let answer: Concordat_V1_Principal? = try await at(place) { try await broker.callUnlessThere("RegistryService/AddPrincipal", request) }
            guard answer != nil else { throw try await taken(request.id, broker).at(place) }
        case .certificate(let request, let place):
            let answer: Concordat_V1_Certificate? = try await at(place) { try await broker.callUnlessThere("RegistryService/EnrolCertificate", request) }
            guard answer != nil else { throw CommandFault.refused("its certificate is enrolled for somebody else; give one of its own.").at(place) }
            return request.id
        case .delegation(let request, let place):
            let _: Concordat_V1_Delegation = try await at(place) { try await broker.call("RegistryService/SetDelegation", request) }
        }
        return nil
    }

    private static func at<Answer>(_ place: String, _ call: () async throws -> Answer) async throws -> Answer {
        do {
            return try await call()
        } catch let fault as CommandFault {
            throw fault.at(place)
        }
    }

    /// Why somebody who is in none of the file's organisations cannot be added.
    private static func taken(_ id: String, _ broker: BrokerConnection) async throws -> CommandFault {
        let there: Concordat_V1_Principal? = try await broker.callWhereThere(
            "RegistryService/GetPrincipal", Concordat_V1_GetPrincipalRequest.with { $0.id = id })
        return there == nil
            ? .refused("is not registered, and its certificate is enrolled for somebody else; give a certificate of its own.")
            : .refused("is registered with another organisation, kind or roles than the file says; `concordat registry show \(id)` tells which.")
    }
}
