import BrokerProtocol
import Ledger

extension BrokerCore {
    func getCheckpoint(_ request: Concordat_V1_GetCheckpointRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_GetCheckpointResponse {
        .with {
            $0.checkpoint = String(decoding: ledger.checkpoint.note, as: UTF8.self)
            $0.verifierKey = ledger.identity.verifierKey.description
        }
    }
}
