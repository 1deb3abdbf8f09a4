import BrokerProtocol
import Storage

extension BrokerCore {
    /// What can be shared is no secret to those who may propose agreements: every registered principal reads the catalogue.
    func describeDataset(_ request: Concordat_V1_DescribeDatasetRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Dataset {
        let id = try RequestFields.dataset(request.id, "id")
        return try await read(call) { store throws(StorageFault) in
            guard let dataset = try store.dataset(id) else { return .refused(.notFound(what: "the dataset")) }
            return .done(try dataset.wire(in: store))
        }
    }
}
