import BrokerProtocol
import Storage

extension BrokerCore {
    func whoAmI(_ request: Concordat_V1_WhoAmIRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        try await read(call) { store throws(StorageFault) in .done(try wirePrincipal(call.caller.principal, in: store)) }
    }
}
