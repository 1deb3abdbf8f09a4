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

    /// Lists hold everything that was ever registered, and are bounded: so what is registered is.
    @Test func registerIsFullBeforeAListOfItWouldBeTooLong() async throws {
        let made = try await RunningBroker()
        try await made.registerEverybody()
        let running = try await made.restarted { limits in
            limits.organisations = 3
            limits.principalsPerOrganisation = 1
            limits.certificatesPerPrincipal = 1
            limits.delegationsPerPrincipal = 1
        }
        func isFull(_ status: RPCStatus) -> Bool { status.code == .failedPrecondition && status.errorInfo?.reason == "REGISTER_FULL" }
        let organisation = Concordat_V1_AddOrganisationRequest.with { $0.id = "kent-cc"; $0.name = "Kent County Council" }
        #expect(isFull(try await running.refusal("dwp-admin", "RegistryService/AddOrganisation", organisation)))
        let principal = Concordat_V1_AddPrincipalRequest.with { $0.organisation = "york-cc"; $0.id = "york-more"; $0.name = "More"; $0.kind = .service }
        #expect(isFull(try await running.refusal("dwp-admin", "RegistryService/AddPrincipal", principal)))
        let certificate = Concordat_V1_EnrolCertificateRequest.with { $0.id = "york-service"; $0.certificate = try! running.der("stranger") }
        #expect(isFull(try await running.refusal("dwp-admin", "RegistryService/EnrolCertificate", certificate)))
        let delegation = Concordat_V1_SetDelegationRequest.with { $0.id = "dwp-signatory"; $0.from = 1; $0.until = 2; $0.maxSensitivity = 1 }
        #expect(isFull(try await running.refusal("dwp-admin", "RegistryService/SetDelegation", delegation)))
        await running.stop()
    }

    @Test func certificatesOfTheRetiredAreNotKnown() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let enrolled = running.broker.core.enrolled
        let leeds = Thumbprint(ofCertificate: [UInt8](try running.der("leeds-service")))
        let york = Thumbprint(ofCertificate: [UInt8](try running.der("york-service")))
        #expect(enrolled.contains(leeds) && enrolled.contains(york))
        let _: Concordat_V1_Principal = try await running.call(
            "dwp-admin", "RegistryService/RetirePrincipal", Concordat_V1_RetirePrincipalRequest.with { $0.id = "leeds-service"; $0.reason = "test" })
        let _: Concordat_V1_Organisation = try await running.call(
            "dwp-admin", "RegistryService/RetireOrganisation", Concordat_V1_RetireOrganisationRequest.with { $0.id = "york-cc"; $0.reason = "test" })
        #expect(!enrolled.contains(leeds) && !enrolled.contains(york))
        // Nor after a start.
        let again = try await running.restarted()
        #expect(!again.broker.core.enrolled.contains(leeds) && !again.broker.core.enrolled.contains(york))
        #expect(again.broker.core.enrolled.contains(Thumbprint(ofCertificate: [UInt8](try running.der("dwp-admin")))))
        await again.stop()
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

    /// Calls that name somebody who is not registered, or is registered elsewhere, with the field that names them.
    private func calls(naming id: String) -> [(method: String, field: String, call: (RunningBroker, String) async throws -> RPCStatus)] {
        let role = Concordat_V1_RoleRequest.with { $0.id = id; $0.role = .legal }
        let read = Concordat_V1_GetPrincipalRequest.with { $0.id = id }
        let retired = Concordat_V1_RetirePrincipalRequest.with { $0.id = id; $0.reason = "test" }
        let delegation = Concordat_V1_SetDelegationRequest.with { $0.id = id; $0.from = 1; $0.until = 2; $0.maxSensitivity = 1 }
        return [
            ("GrantRole", "id", { try await $0.refusal($1, "RegistryService/GrantRole", role) }),
            ("RevokeRole", "id", { try await $0.refusal($1, "RegistryService/RevokeRole", role) }),
            ("GetPrincipal", "id", { try await $0.refusal($1, "RegistryService/GetPrincipal", read) }),
            ("RetirePrincipal", "id", { try await $0.refusal($1, "RegistryService/RetirePrincipal", retired) }),
            ("SetDelegation", "id", { try await $0.refusal($1, "RegistryService/SetDelegation", delegation) }),
            ("EnrolCertificate", "id", {
                let der = try $0.der("stranger")
                return try await $0.refusal(
                    $1, "RegistryService/EnrolCertificate", Concordat_V1_EnrolCertificateRequest.with { $0.id = id; $0.certificate = der })
            }),
        ]
    }

    private func violated(_ status: RPCStatus) -> [String] {
        status.details.flatMap { detail -> [String] in if case .badRequest(let found) = detail { found.map(\.field) } else { [] } }
    }

    @Test func anAdministratorWhoNamesNobodyIsToldTheField() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        for one in calls(naming: "nobody") {
            let status = try await one.call(running, "dwp-admin")
            #expect(status.code == .notFound, "\(one.method)")
            #expect(violated(status) == [one.field], "\(one.method)")
            #expect(status.message.hasPrefix("id: there is no such thing as a principal of this name"))
        }
        let organisation = try await running.refusal(
            "dwp-admin", "RegistryService/AddPrincipal",
            Concordat_V1_AddPrincipalRequest.with { $0.organisation = "nowhere"; $0.id = "x-y"; $0.name = "X"; $0.kind = .service })
        #expect(organisation.code == .notFound)
        #expect(violated(organisation) == ["organisation"])
        let listed = try await running.refusal(
            "dwp-admin", "RegistryService/ListPrincipals", Concordat_V1_ListPrincipalsRequest.with { $0.organisation = "nowhere" })
        #expect(violated(listed) == ["organisation"])
        let delegation = try await running.refusal(
            "dwp-admin", "RegistryService/EndDelegation", Concordat_V1_EndDelegationRequest.with { $0.number = 99 })
        #expect(violated(delegation) == ["number"])
        let certificate = try await running.refusal(
            "dwp-admin", "RegistryService/RetireCertificate",
            Concordat_V1_RetireCertificateRequest.with { $0.thumbprint = Data(repeating: 7, count: 32); $0.reason = "test" })
        #expect(violated(certificate) == ["thumbprint"])
        let denials = try await running.refusal(
            "auditor", "AdministrationService/ExplainDenials", Concordat_V1_ExplainDenialsRequest.with { $0.clientID = "nobody" })
        #expect(violated(denials) == ["client_id"])
        await running.stop()
    }

    /// Neither another organisation's administrator nor anybody without the right can tell who is registered.
    @Test func whoKeepsAnotherRegistryOrNoneCannotTellWhoIsThere() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.register("stranger", "york-cc", [], kind: .administrator)
        for (caller, code) in [("stranger", RPCCode.notFound), ("leeds-service", .permissionDenied), ("leeds-requester", .permissionDenied)] {
            for (there, missing) in zip(calls(naming: "dwp-owner"), calls(naming: "nobody")) {
                let (first, second) = (try await there.call(running, caller), try await missing.call(running, caller))
                #expect(first.code == code, "\(there.method) by \(caller)")
                #expect((first.code, first.message) == (second.code, second.message), "\(there.method) by \(caller)")
                #expect(first.errorInfo?.reason == second.errorInfo?.reason)
                #expect(violated(first) == violated(second))
            }
        }
        await running.stop()
    }
}
