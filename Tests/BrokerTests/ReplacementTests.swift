import BrokerProtocol
import Foundation
import ProtobufWire
import RPC
import Redaction
import Testing
import Vocabulary

@testable import Broker

/// A live revision is not replaced by accident: what agreements rest on changes only for a caller who says which revision is replaced.
@Suite(.serialized) struct ReplacementTests {
    /// The fixture's schema without one of its fields, or with another label for one.
    private func schema(without removed: String? = nil, relabelled: String? = nil) throws -> DatasetSchema {
        let whole = try RunningBroker.schema()
        var labels: [FieldPath: Sensitivity] = [:]
        for leaf in whole.leaves where leaf.path.description != removed { labels[leaf.path] = leaf.label }
        if let relabelled { labels[FieldPath(relabelled)!] = try Sensitivity(level: .public, role: .attribute, path: relabelled) }
        let fields = try whole.root.fields.filter { $0.name != removed }.map { try $0.annotated([]) }
        return try DatasetSchema(
            packageName: "uc.awards", root: MessageSchema(name: "BenefitAward", fields: fields), labels: labels, keys: ["nino"], isSynthetic: true)
    }

    private func begin(_ schema: DatasetSchema, filters: [String] = ["local_authority"], replaces: UInt64 = 0) -> Concordat_V1_BeginImportRequest {
        .with {
            $0.dataset = "uc.awards"
            $0.title = "Universal Credit awards"
            $0.schema.descriptorSet = Data(schema.canonicalBytes)
            $0.keyField = "nino"
            $0.filterFields = filters
            $0.synthetic = true
            $0.replacesRevision = replaces
        }
    }

    private func violations(_ status: RPCStatus) -> [String] {
        status.details.flatMap { detail -> [String] in
            if case .badRequest(let found) = detail { found.map { "\($0.field) \($0.description)" } } else { [] }
        }
    }

    private func made() async throws -> RunningBroker {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        return running
    }

    @Test func aRevisionThatChangesTheSchemaIsRefusedWithTheFields() async throws {
        let running = try await made()
        for (request, words) in [
            (begin(try schema(without: "surname")), ["surname would vanish"]),
            (begin(try schema(relabelled: "health_flag")), ["health_flag would have another label"]),
            (begin(try RunningBroker.schema(), filters: []), ["filter_fields would no longer have local_authority"]),
        ] {
            let status = try await running.refusal("dwp-owner", "CatalogueService/BeginImport", request)
            #expect(status.code == .failedPrecondition)
            #expect(status.errorInfo?.reason == "SCHEMA_CHANGES")
            #expect(violations(status) == words)
            #expect(status.message.contains("send replaces_revision 1"))
        }
        await running.stop()
    }

    @Test func aCallerWhoNamesTheLiveRevisionReplacesIt() async throws {
        let running = try await made()
        let begun: Concordat_V1_BeginImportResponse = try await running.call(
            "dwp-owner", "CatalogueService/BeginImport", begin(try schema(without: "surname"), replaces: 1))
        let finished: Concordat_V1_Dataset = try await running.call(
            "dwp-owner", "CatalogueService/FinishImport", Concordat_V1_FinishImportRequest.with { $0.importID = begun.importID })
        #expect(finished.revision == 2)
        #expect(finished.schema.leaves.map(\.path) == ["nino", "local_authority", "amount_pence", "health_flag"])
        await running.stop()
    }

    @Test func aNumberThatIsNotTheLiveRevisionsIsRefused() async throws {
        let running = try await made()
        let stale = try await running.refusal("dwp-owner", "CatalogueService/BeginImport", begin(try RunningBroker.schema(), replaces: 2))
        #expect(stale.errorInfo?.reason == "CONFLICT")
        #expect(stale.message.contains("the live revision is 1"))
        var fresh = begin(try RunningBroker.schema(), replaces: 1)
        fresh.dataset = "uc.others"
        #expect(try await running.refusal("dwp-owner", "CatalogueService/BeginImport", fresh).errorInfo?.reason == "CONFLICT")
        await running.stop()
    }

    @Test func newRowsOfTheSameSchemaAndAFilterMoreNeedNoNumber() async throws {
        let running = try await made()
        #expect(try await running.importAwards().revision == 2)
        let _: Concordat_V1_BeginImportResponse = try await running.call(
            "dwp-owner", "CatalogueService/BeginImport", begin(try RunningBroker.schema(), filters: ["local_authority", "surname"]))
        await running.stop()
    }

    /// The refusal says nothing that a stranger may not know: who may not publish is refused first.
    @Test func whoMayNotPublishLearnsNothingOfTheDifference() async throws {
        let running = try await made()
        var request = begin(try schema(without: "surname"))
        request.owner = "dwp"
        #expect(try await running.refusal("leeds-owner", "CatalogueService/BeginImport", request).errorInfo?.reason == "NOT_DATA_OWNER")
        await running.stop()
    }

    /// Three KiB of changes are listed, and the rest counted, so that the answer fits into the trailers that clients take.
    @Test func aRefusalListsWhatFitsAndCountsTheRest() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        func wide(_ letter: String) throws -> DatasetSchema {
            let fields = try (1...60).map { number in
                try FieldSchema(number: number, name: String(repeating: letter, count: 48) + String(100 + number), type: .scalar(.string))
            }
            return try DatasetSchema(
                packageName: "uc.awards", root: MessageSchema(name: "Wide", fields: fields), labels: [:], keys: [], isSynthetic: true)
        }
        var request = begin(try wide("a"), filters: [])
        request.keyField = ""
        let begun: Concordat_V1_BeginImportResponse = try await running.call("dwp-owner", "CatalogueService/BeginImport", request)
        let _: Concordat_V1_Dataset = try await running.call(
            "dwp-owner", "CatalogueService/FinishImport", Concordat_V1_FinishImportRequest.with { $0.importID = begun.importID })
        request.schema.descriptorSet = Data(try wide("b").canonicalBytes)
        let status = try await running.refusal("dwp-owner", "CatalogueService/BeginImport", request)
        #expect(status.errorInfo?.reason == "SCHEMA_CHANGES")
        // A name of 51 bytes that `would vanish` takes 63 of 3,072; sixty vanish and sixty are new.
        #expect(violations(status).count == 48)
        #expect(status.message.contains("see the fields named, and 72 more."))
        await running.stop()
    }
}
