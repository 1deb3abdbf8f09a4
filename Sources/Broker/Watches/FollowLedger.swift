import BrokerProtocol
import Ledger

extension BrokerCore {
    func followLedger(_ request: Concordat_V1_FollowLedgerRequest, _ call: Call, to sink: any AnswerSink) async throws(CallFault) {
        var seen = request.size
        try await watch(call) { (_) throws(CallFault) in
            let (size, note) = ledger.checkpoint
            guard size > seen else { return }
            seen = size
            let growth = Concordat_V1_LedgerGrowth.with {
                $0.size = size
                $0.checkpoint = String(decoding: note, as: UTF8.self)
            }
            try await sink.send(try ServiceMethod.encode(growth))
        }
    }
}
