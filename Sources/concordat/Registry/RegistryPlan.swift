import Broker
import BrokerProtocol
import Cryptography
import Foundation

/// What a registry file adds to the register as it is. Making a plan changes nothing: a file that says otherwise than the register, or names a
/// certificate that cannot be read, is refused before the first change.
struct RegistryPlan {
    enum Step {
        case organisation(Concordat_V1_AddOrganisationRequest, place: String)
        case principal(Concordat_V1_AddPrincipalRequest, place: String)
        case certificate(Concordat_V1_EnrolCertificateRequest, place: String)
        case delegation(Concordat_V1_SetDelegationRequest, place: String)
    }

    private(set) var steps: [Step] = []
    /// Organisations, principals and delegations of the file that are in the register as the file has them.
    private(set) var kept = 0
    private let now: Int64

    /// Reads the register first, so that what is there already is not tried, refused and recorded as a refusal.
    init(_ file: RegistryFile, certificatesIn directory: String, with broker: BrokerConnection) async throws {
        now = BrokerClock.system.now().microseconds
        let listed: Concordat_V1_ListOrganisationsResponse = try await broker.call(
            "RegistryService/ListOrganisations", Concordat_V1_ListOrganisationsRequest())
        let there = Set(listed.organisations.map(\.id))
        var named: Set<String> = []
        for (index, one) in file.organisations.enumerated() {
            let place = file.place(ofOrganisation: index)
            try CommandFault.at(place) {
                guard named.insert(one.id).inserted else { throw CommandFault.usage("stands in the file twice; write it once") }
                try RegistryPlan.requireActive(one.id, listed)
                if let registered = listed.organisations.first(where: { $0.id == one.id }), registered.name != one.name.trimmingCharacters(in: .whitespacesAndNewlines) {
                    throw CommandFault.refused("is registered as \(visible(registered.name)), and the file says \(visible(one.name)). Nothing was changed.")
                }
            }
            guard !there.contains(one.id) else {
                kept += 1
                continue
            }
            steps.append(.organisation(.with { $0.id = one.id; $0.name = one.name }, place: place))
        }
        var registered: [String: Concordat_V1_Principal] = [:]
        for organisation in Set(file.principals.map(\.organisation)).intersection(there).sorted() {
            let answer: Concordat_V1_ListPrincipalsResponse = try await broker.call(
                "RegistryService/ListPrincipals", Concordat_V1_ListPrincipalsRequest.with { $0.organisation = organisation })
            for principal in answer.principals { registered[principal.id] = principal }
        }
        var ids: Set<String> = []
        for (index, principal) in file.principals.enumerated() {
            let place = file.place(index)
            try CommandFault.at(place) {
                try RegistryPlan.requireActive(principal.organisation, listed)
                guard ids.insert(principal.id).inserted else { throw CommandFault.usage("stands in the file twice; write it once") }
                try add(principal, try principal.request(certificatesIn: directory), registered[principal.id], place)
            }
        }
    }

    private static func requireActive(_ id: String, _ listed: Concordat_V1_ListOrganisationsResponse) throws {
        guard listed.organisations.first(where: { $0.id == id }).map({ $0.state == .active }) ?? true else {
            throw CommandFault.refused("the organisation \(id) is retired, which is final; take it and its people out of the file. Nothing was changed.")
        }
    }

    private mutating func add(
        _ principal: RegistryFile.Principal, _ request: Concordat_V1_AddPrincipalRequest, _ there: Concordat_V1_Principal?, _ place: String
    ) throws {
        let delegation = try principal.delegation?.request(for: principal.id)
        guard let there else {
            steps.append(.principal(request, place: place))
            if let delegation { try delegate(delegation, place) }
            return
        }
        guard there.organisation == request.organisation, there.kind == request.kind, Set(there.roles) == Set(request.roles) else {
            throw CommandFault.refused(
                "is registered with another organisation, kind or roles than the file says; `concordat registry show \(principal.id)` tells which. Nothing was changed.")
        }
        guard there.state == .active else {
            throw CommandFault.refused("is retired, which is final; take it out of the file, or register it under another name. Nothing was changed.")
        }
        kept += 1
        try compare(request, there, place)
        if let delegation { try compare(delegation, there, place) }
    }

    /// A certificate that the principal does not have yet, such as a renewed one, is enrolled beside the others.
    private mutating func compare(_ file: Concordat_V1_AddPrincipalRequest, _ there: Concordat_V1_Principal, _ place: String) throws {
        guard !file.certificate.isEmpty else { return }
        let thumbprint = Foundation.Data(Digest.sha256([UInt8](file.certificate)).bytes)
        guard let known = there.certificates.first(where: { $0.thumbprint == thumbprint }) else {
            steps.append(.certificate(.with { $0.id = there.id; $0.certificate = file.certificate; $0.intermediates = file.intermediates }, place: place))
            return
        }
        guard known.state == .active else {
            throw CommandFault.refused("has this certificate no longer: it is retired, which is final. Give its present one. Nothing was changed.")
        }
    }

    /// A delegation is not replaced by one that stands beside it: the wider of two is in force.
    private mutating func compare(_ delegation: Concordat_V1_SetDelegationRequest, _ there: Concordat_V1_Principal, _ place: String) throws {
        let same = there.delegations.filter { RegistryPlan.says($0, delegation) }
        guard !same.contains(where: { $0.state == .active }) else {
            kept += 1
            return
        }
        if let ended = same.first {
            throw CommandFault.refused(
                "had this delegation (number \(ended.number)), and it was ended. Take it out of the file, or give it anew: concordat registry delegate. Nothing was changed.")
        }
        let others = there.delegations.filter { $0.state == .active && $0.until > now }.map { String($0.number) }
        guard others.isEmpty else {
            throw CommandFault.refused(
                "is registered with another delegation (number \(others.joined(separator: ", "))) than the file says; `concordat registry show \(there.id)` tells which. End it first: concordat registry end-delegation. Nothing was changed.")
        }
        try delegate(delegation, place)
    }

    private mutating func delegate(_ delegation: Concordat_V1_SetDelegationRequest, _ place: String) throws {
        try requireNotEnded(delegation)
        steps.append(.delegation(delegation, place: place))
    }

    /// One that was ended has the moment of its end instead of the day that was written.
    private static func says(_ there: Concordat_V1_Delegation, _ file: Concordat_V1_SetDelegationRequest) -> Bool {
        let until = there.state == .active ? there.until == file.until : there.until <= file.until
        return there.from == file.from && until && there.maxSensitivity == file.maxSensitivity
            && there.maxRowsPerDay == file.maxRowsPerDay && there.maxValuePence == file.maxValuePence && there.thirdParties == file.thirdParties
    }
}

extension CommandFault {
    /// Runs `body`, and says where in a file its fault is.
    static func at(_ place: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let fault as CommandFault {
            throw fault.at(place)
        }
    }

    func at(_ place: String) -> CommandFault { CommandFault(message: "\(place): \(message)", status: status) }
}
