import BrokerProtocol
import Storage

extension BrokerCore {
    func listDatasets(_ request: Concordat_V1_ListDatasetsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ListDatasetsResponse {
        try await read(call) { store throws(StorageFault) in
            var answer = Concordat_V1_ListDatasetsResponse()
            for dataset in try store.datasets() {
                answer.datasets.append(dataset.summaryWire(owner: try store.organisation(dataset.owner)?.id))
            }
            return .done(answer)
        }
    }
}
