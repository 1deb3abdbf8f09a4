import BrokerProtocol
import Cryptography
import Foundation
import RPC
import SwiftProtobuf
import Testing

@testable import Broker

/// Who may change the register so that nobody gains more than was given, and so that it can always be changed again.
@Suite(.serialized) struct RegistryRuleTests {
    @Test func onlyTheOperatorMakesAuditors() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.register("stranger", "york-cc", [], kind: .administrator)
        let request = Concordat_V1_AddPrincipalRequest.with {
            $0.organisation = "york-cc"
            $0.id = "york-auditor"
            $0.name = "Own auditor"
            $0.kind = .auditor
        }
        let status = try await running.refusal("stranger", "RegistryService/AddPrincipal", request)
        #expect(status.code == .permissionDenied)
        #expect(status.errorInfo?.reason == "NOT_ADMINISTRATOR_OF_OPERATOR")
        let made: Concordat_V1_Principal = try await running.call("dwp-admin", "RegistryService/AddPrincipal", request)
        #expect(made.kind == .auditor)
        await running.stop()
    }

    @Test func theLastAdministratorCannotBeRetired() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let thumbprint = Digest.sha256([UInt8](try running.der("dwp-admin"))).bytes
        let certificate = Concordat_V1_RetireCertificateRequest.with {
            $0.thumbprint = Data(thumbprint)
            $0.reason = "test"
        }
        let principal = Concordat_V1_RetirePrincipalRequest.with {
            $0.id = "dwp-admin"
            $0.reason = "test"
        }
        #expect(try await running.refusal("dwp-admin", "RegistryService/RetireCertificate", certificate).errorInfo?.reason == "LAST_ADMINISTRATOR")
        #expect(try await running.refusal("dwp-admin", "RegistryService/RetirePrincipal", principal).errorInfo?.reason == "LAST_ADMINISTRATOR")
        try await running.register("stranger", "dwp", [], kind: .administrator)
        let retired: Concordat_V1_Principal = try await running.call("stranger", "RegistryService/RetirePrincipal", principal)
        #expect(retired.state == .retired)
        await running.stop()
    }

    @Test func aCheckpointOfAnotherLogIsDeniedAndNotRecordedAsSeen() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let token = try await running.token(agreement)
        var request = RunningBroker.query(agreement, "QQ123456A")
        request.seen = .with {
            $0.size = 1
            $0.root = Data(repeating: 7, count: 32)
        }
        let status = try await running.refusal("leeds-service", "ExchangeService/Query", request, token: token)
        #expect(status.errorInfo?.reason == "SEEN_CHECKPOINT_DIFFERS")
        #expect(try await running.newestDenial()?.reason == "SEEN_CHECKPOINT_DIFFERS")
        await running.stop()
    }
}
