import BrokerProtocol
import Ledger

extension BrokerCore {
    func getStatus(_ request: Concordat_V1_GetStatusRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_GetStatusResponse {
        guard call.caller.administersAll else { throw .denied(reason: "NOT_OPERATOR_ADMINISTRATOR", paths: []) }
        return .with {
            $0.version = BrokerVersion.text
            $0.origin = configuration.origin
            $0.ledgerSize = ledger.checkpoint.size
            $0.startedAt = started.microseconds
            $0.settings = settings
        }
    }
}
