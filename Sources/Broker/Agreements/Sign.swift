import Agreements
import BrokerProtocol

extension BrokerCore {
    func sign(_ request: Concordat_V1_StatementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        try await signedStep(request, call) { .sign($0) }
    }
}
