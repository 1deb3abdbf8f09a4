import BrokerProtocol
import Storage

extension BrokerCore {
    func listOrganisations(_ request: Concordat_V1_ListOrganisationsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ListOrganisationsResponse {
        try await read(call) { store throws(StorageFault) in
            let all = try store.organisations()
            return .done(.with { $0.organisations = all.map(\.wire) })
        }
    }
}
