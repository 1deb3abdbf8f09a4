import Agreements
import BrokerProtocol
import Cryptography
import Foundation
import Storage
import Vocabulary

extension RegistryStatus {
    var wire: Concordat_V1_State {
        switch self {
        case .active: .active
        case .suspended, .retired: .retired
        }
    }
}

extension PrincipalKind {
    var wire: Concordat_V1_PrincipalKind {
        switch self {
        case .service: .service
        case .officer: .officer
        case .auditor: .auditor
        case .administrator: .administrator
        }
    }

    init?(wire: Concordat_V1_PrincipalKind) {
        switch wire {
        case .service: self = .service
        case .officer: self = .officer
        case .auditor: self = .auditor
        case .administrator: self = .administrator
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension OfficerRole {
    /// The numbers are the same on the wire and in terms.
    var wire: Concordat_V1_Role {
        Concordat_V1_Role(rawValue: Int(number)) ?? .unspecified
    }

    init?(wire: Concordat_V1_Role) {
        guard wire.rawValue > 0 else { return nil }
        self.init(number: UInt64(wire.rawValue))
    }
}

extension RegisteredOrganisation {
    var wire: Concordat_V1_Organisation {
        .with {
            $0.number = number.value
            $0.id = id.text
            $0.name = name
            $0.state = status.wire
            $0.operator = isOperator
        }
    }
}

extension RegisteredCertificate {
    var wire: Concordat_V1_Certificate {
        .with {
            $0.thumbprint = Data(thumbprint.bytes)
            $0.state = status.wire
            $0.notBefore = notBefore.microseconds
            $0.notAfter = notAfter.microseconds
        }
    }
}

extension RegisteredDelegation {
    func wire(of id: ClientID) -> Concordat_V1_Delegation {
        .with {
            $0.number = number
            $0.id = id.text
            $0.from = from.microseconds
            $0.until = until.microseconds
            $0.maxSensitivity = maxSensitivity
            $0.maxRowsPerDay = maxRowsPerDay
            $0.maxValuePence = maxValuePence
            $0.thirdParties = thirdParties
            $0.state = status.wire
        }
    }
}

/// A principal with everything that the registry holds about it, as answers show it.
func wirePrincipal(_ principal: RegisteredPrincipal, in store: any StorageReading) throws(StorageFault) -> Concordat_V1_Principal {
    let organisation = try store.organisation(principal.organisation)
    let certificates = try store.certificates(of: principal.number)
    let delegations = try store.delegations(of: principal.number)
    return .with {
        $0.number = principal.number.value
        $0.organisation = organisation?.id.text ?? ""
        $0.kind = principal.kind.wire
        $0.id = principal.id.text
        $0.name = principal.name
        $0.state = principal.status.wire
        $0.roles = principal.roles.compactMap { OfficerRole(rawValue: $0)?.wire }
        $0.certificates = certificates.map(\.wire)
        $0.delegations = delegations.map { $0.wire(of: principal.id) }
    }
}
