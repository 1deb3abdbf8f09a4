import AuditTrail
import BrokerProtocol
import Foundation
import RPC
import Storage
import Testing
import Vocabulary

@testable import Broker

/// What the broker writes, an auditor's replay accepts: every gate, for the whole road and for everything that may befall it.
@Suite(.serialized) struct ReplayTests {
    @Test func theWholeRoadWithItsRefusalsReplaysWithoutAFinding() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let token = try await running.token(agreement)
        let query = RunningBroker.query(agreement, "QQ123456A")
        for _ in 0..<3 {
            let _: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", query, token: token)
        }
        _ = try await running.refusal("york-service", "ExchangeService/Query", query, token: token)
        _ = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A", fields: ["surname"]), token: token)
        let _: Concordat_V1_GetRecordResponse = try await running.call(
            "dwp-owner", "CatalogueService/GetRecord",
            Concordat_V1_GetRecordRequest.with { $0.dataset = "uc.awards"; $0.key = "QQ123456A"; $0.reason = "Demonstration." })
        let step = Concordat_V1_TransitionRequest.with { $0.agreement = agreement; $0.comment = "Checked." }
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-oncall", "AgreementService/Suspend", step)
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-owner", "AgreementService/Resume", step)
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-adviser", "AgreementService/Resume", step)
        let _: Concordat_V1_RevokeResponse = try await running.call(
            "leeds-service", "TokenService/Revoke", Concordat_V1_RevokeRequest.with { $0.token = token })
        let again = try await running.token(agreement)
        let _: Concordat_V1_RevokeResponse = try await running.call(
            "leeds-service", "TokenService/Revoke", Concordat_V1_RevokeRequest.with { $0.token = again })
        #expect(try await running.refusal("leeds-service", "ExchangeService/Query", query, token: again).code == .unauthenticated)
        let _: Concordat_V1_Principal = try await running.call(
            "dwp-admin", "RegistryService/RetirePrincipal",
            Concordat_V1_RetirePrincipalRequest.with { $0.id = "dwp-signatory"; $0.reason = "Left." })
        let _: Concordat_V1_AgreementChange = try await running.call("leeds-signatory", "AgreementService/Terminate", step)

        let size = running.broker.core.ledger.checkpoint.size
        let entries = try await running.broker.core.reader.read { store throws(StorageFault) in
            try store.entries(from: LedgerIndex(0), count: Int(size))
        }
        var replay = AuditReplay(origin: "broker.test/ledger")
        for entry in entries { replay.consume(entry) }
        #expect(replay.findings.map(\.description) == [])
        #expect(replay.counts[.exchange] == 3)
        #expect(replay.counts[.attempt] == 1)
        // No fixture value is in any entry.
        let all = entries.flatMap { $0 }
        for planted in ["QQ123456A", "Planted-Canary", "A. Person", "Test leeds-requester"] {
            #expect(!String(decoding: all, as: UTF8.self).contains(planted))
        }
        await running.stop()
    }

    @Test func aMalformedRequestChangesNothingAndIsRecorded() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let client = try await running.client("dwp-admin")
        // Field 60 of AddOrganisationRequest.
        await #expect(throws: RPCStatus.self) {
            _ = try await client.callBytes("/concordat.v1.RegistryService/AddOrganisation", [0xe0, 0x03, 0x01])
        }
        await client.close()
        #expect(try await running.newestDenial()?.reason == "REQUEST_INVALID")
        let duplicate = try await running.refusal(
            "dwp-admin", "RegistryService/AddOrganisation", Concordat_V1_AddOrganisationRequest.with { $0.id = "leeds-cc"; $0.name = "Again" })
        #expect(duplicate.code == .alreadyExists)
        let stranger = try await running.refusal(
            "leeds-requester", "RegistryService/AddOrganisation", Concordat_V1_AddOrganisationRequest.with { $0.id = "x-cc"; $0.name = "X" })
        #expect(stranger.code == .permissionDenied)
        let all: Concordat_V1_ListOrganisationsResponse = try await running.call(
            "dwp-admin", "RegistryService/ListOrganisations", Concordat_V1_ListOrganisationsRequest())
        #expect(all.organisations.map(\.id) == ["dwp", "leeds-cc", "york-cc"])
        await running.stop()
    }

    @Test func anImportWithAnotherCountOrABadRowPublishesNothing() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let schema = try RunningBroker.schema()
        let begun: Concordat_V1_BeginImportResponse = try await running.call(
            "dwp-owner", "CatalogueService/BeginImport",
            Concordat_V1_BeginImportRequest.with {
                $0.dataset = "uc.awards"
                $0.title = "Awards"
                $0.schema.descriptorSet = .init(schema.canonicalBytes)
                $0.keyField = "nino"
                $0.synthetic = true
            })
        let bad = try await running.refusal(
            "dwp-owner", "CatalogueService/ImportBatch",
            Concordat_V1_ImportBatchRequest.with { $0.importID = begun.importID; $0.records = [.init([0xf8, 0x01, 0x01])] })
        #expect(bad.code == .invalidArgument)
        let count = try await running.refusal(
            "dwp-owner", "CatalogueService/FinishImport", Concordat_V1_FinishImportRequest.with { $0.importID = begun.importID; $0.rows = 5 })
        #expect(count.code == .failedPrecondition)
        let stranger = try await running.refusal(
            "leeds-owner", "CatalogueService/BeginImport",
            Concordat_V1_BeginImportRequest.with {
                $0.dataset = "uc.awards"
                $0.title = "Awards"
                $0.owner = "dwp"
                $0.schema.descriptorSet = .init(schema.canonicalBytes)
                $0.synthetic = true
            })
        #expect(stranger.code == .permissionDenied)
        let listed: Concordat_V1_ListDatasetsResponse = try await running.call(
            "dwp-owner", "CatalogueService/ListDatasets", Concordat_V1_ListDatasetsRequest())
        #expect(listed.datasets.isEmpty)
        await running.stop()
    }
}
