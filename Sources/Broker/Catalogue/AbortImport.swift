import BrokerProtocol
import DataSources

extension BrokerCore {
    func abortImport(_ request: Concordat_V1_AbortImportRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AbortImportResponse {
        let ticket = try imports.find([UInt8](request.importID), of: call.caller.principal.number, now: call.arrived)
        imports.close(ticket.importID)
        do throws(SourceFault) {
            try await sources.importer.abort(ticket.importID, now: clock.now())
        } catch {
            throw importFault(error, call)
        }
        return Concordat_V1_AbortImportResponse()
    }
}
