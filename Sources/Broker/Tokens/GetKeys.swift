import BrokerProtocol

extension BrokerCore {
    func getKeys(_ request: Concordat_V1_GetKeysRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_GetKeysResponse {
        .with { $0.jwks = String(decoding: verifier.keys.jwks, as: UTF8.self) }
    }
}
