import BrokerProtocol
import Storage

extension BrokerCore {
    func searchDatasets(_ request: Concordat_V1_SearchDatasetsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ListDatasetsResponse {
        let text = try RequestFields.text(request.text, "text", bytes: 1...200)
        let words = text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        return try await read(call) { store throws(StorageFault) in
            var answer = Concordat_V1_ListDatasetsResponse()
            for dataset in try store.datasets() {
                let (schema, _) = try dataset.opened()
                let owner = try store.organisation(dataset.owner)
                let said = ([dataset.id.text, dataset.title, dataset.summary, owner?.name ?? ""] + schema.leaves.map(\.path.description))
                    .joined(separator: "\n").lowercased()
                if words.allSatisfy(said.contains) { answer.datasets.append(dataset.summaryWire(owner: owner?.id)) }
            }
            return .done(answer)
        }
    }
}
