import ArgumentParser
import BrokerProtocol

/// What a principal is, as people write it.
enum PrincipalKindName: String, CaseIterable, ExpressibleByArgument {
    case service
    case officer
    case auditor
    case administrator

    var message: Concordat_V1_PrincipalKind {
        switch self {
        case .service: .service
        case .officer: .officer
        case .auditor: .auditor
        case .administrator: .administrator
        }
    }

    static func words(_ kind: Concordat_V1_PrincipalKind) -> String {
        allCases.first { $0.message == kind }?.rawValue ?? "principal"
    }
}
