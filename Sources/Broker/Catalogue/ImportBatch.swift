import BrokerProtocol
import DataSources

extension BrokerCore {
    func importBatch(_ request: Concordat_V1_ImportBatchRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ImportBatchResponse {
        let ticket = try imports.find([UInt8](request.importID), of: call.caller.principal.number, now: call.arrived)
        let records = request.records.map { [UInt8]($0) }
        do throws(SourceFault) {
            let rows = try await sources.importer.add(ticket.importID, sequence: request.sequence, records: records, now: clock.now())
            return .with { $0.rows = rows }
        } catch {
            throw importFault(error, call)
        }
    }
}
