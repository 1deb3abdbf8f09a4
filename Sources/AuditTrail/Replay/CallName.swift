/// The calls that a DENIAL may be about: every RPC of `concordat.v1`, by its service.
package enum CallName {
    package enum Service: String, CaseIterable, Sendable {
        case registry = "RegistryService"
        case catalogue = "CatalogueService"
        case agreement = "AgreementService"
        case token = "TokenService"
        case exchange = "ExchangeService"
        case ledger = "LedgerService"
        case administration = "AdministrationService"

        package var methods: [String] {
            switch self {
            case .registry:
                [
                    "AddOrganisation", "RetireOrganisation", "AddPrincipal", "RetirePrincipal", "GrantRole", "RevokeRole", "EnrolCertificate",
                    "RetireCertificate", "SetDelegation", "EndDelegation", "ListOrganisations", "ListPrincipals", "GetPrincipal", "WhoAmI",
                ]
            case .catalogue:
                [
                    "DescribeDataset", "ListDatasets", "SearchDatasets", "BeginImport", "ImportBatch", "FinishImport", "AbortImport", "GetRecord",
                ]
            case .agreement:
                [
                    "DraftAgreement", "EditAgreement", "CheckAgreement", "Submit", "TakeUp", "Return", "PrepareStatement", "Advise", "Decide",
                    "Sign", "Suspend", "Resume", "Terminate", "Withdraw", "ChangeAnnex", "GetAgreement", "ListAgreements", "WatchAgreements",
                    "GetAgreementHistory",
                ]
            case .token: ["IssueToken", "Introspect", "Revoke", "GetKeys", "StreamRevocations"]
            case .exchange: ["Query", CallName.stream]
            case .ledger: ["GetReceipt", "GetCheckpoint", "FollowLedger"]
            case .administration: ["GetStatus", "ExplainDenials"]
            }
        }
    }

    package static let stream = "Stream"

    /// Nil where no service has a method of that name.
    static func service(of method: String) -> Service? { services[method] }

    private static let services: [String: Service] = Service.allCases.reduce(into: [:]) { services, service in
        for method in service.methods { services[method] = service }
    }
}
