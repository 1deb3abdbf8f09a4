import ArgumentParser
import BrokerProtocol

/// Roles as people write them on the command line and in registry files.
enum RoleName: String, CaseIterable, ExpressibleByArgument {
    case requester
    case caseOfficer = "case-officer"
    case legal
    case dataProtection = "dpo"
    case security
    case assetOwner = "asset-owner"
    case seniorRiskOwner = "risk-owner"
    case signatory
    case onCall = "oncall"

    var message: Concordat_V1_Role {
        switch self {
        case .requester: .requester
        case .caseOfficer: .caseOfficer
        case .legal: .legal
        case .dataProtection: .dataProtection
        case .security: .security
        case .assetOwner: .informationAssetOwner
        case .seniorRiskOwner: .seniorRiskOwner
        case .signatory: .signatory
        case .onCall: .onCallSecurity
        }
    }

    /// The words for a role that the broker named.
    static func words(_ role: Concordat_V1_Role) -> String {
        allCases.first { $0.message == role }?.rawValue ?? "role \(role.rawValue)"
    }
}
