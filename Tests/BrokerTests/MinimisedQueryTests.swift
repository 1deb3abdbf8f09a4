import AuditTrail
import BrokerProtocol
import Foundation
import ProtobufWire
import Storage
import SwiftProtobuf
import Testing
import Vocabulary

@testable import Broker

/// Terms that release answers in place of values, for rows that several filters let through, from the document to the wire.
@Suite(.serialized) struct MinimisedQueryTests {
    /// Whether an award is under 400 pounds and whether a surname is held; two filters.
    private static let terms = RunningBroker.terms
        .replacingOccurrences(
            of: #"{path: amount_pence, transform: round, parameters: {base: "1000"}, necessity: To work out the reduction.}"#,
            with: #"{path: amount_pence, transform: predicate, parameters: {as: number, op: lt, value: 40000}, necessity: To work out the reduction.}"#)
        .replacingOccurrences(
            of: "    row_filter: {equals: {field: local_authority, value: E08000035}}",
            with: [
                #"      - {path: surname, transform: exists, necessity: To see that the record is complete.}"#,
                #"      - {path: health_flag, transform: "null", necessity: To say that it is kept back.}"#,
                "    row_filter:", "      - {equals: {field: local_authority, value: E08000035}}", "      - {in: {field: amount_pence, values: [39332, 29211]}}",
            ].joined(separator: "\n"))

    /// What the redaction compiler would have a reviewer see, reviewers see.
    @Test func aYesOrNoAboutHealthIsAWarningInTheCheck() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        _ = try await running.importAwards()
        let told = Self.terms.replacingOccurrences(of: #"{path: health_flag, transform: "null""#, with: "{path: health_flag, transform: exists")
            .replacingOccurrences(of: "privacy_label: personal", with: "privacy_label: special-category")
        let document = try YAMLDocument.parse(told, file: "terms.yaml")
        let check: Concordat_V1_CheckAgreementResponse = try await running.call(
            "leeds-requester", "AgreementService/CheckAgreement", Concordat_V1_CheckAgreementRequest.with { $0.document = document })
        #expect(check.feasible)
        let warning = check.findings.first { $0.code == "SENSITIVE_INFERRED" }
        #expect(warning?.severity == .warning)
        #expect(warning?.path == "datasets[uc.awards].fields[health_flag]")
        await running.stop()
    }

    @Test func answersLeaveInPlaceOfValuesForRowsThatEveryFilterLetsThrough() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        _ = try await running.importAwards()
        let document = try YAMLDocument.parse(Self.terms, file: "terms.yaml")
        let check: Concordat_V1_CheckAgreementResponse = try await running.call(
            "leeds-requester", "AgreementService/CheckAgreement", Concordat_V1_CheckAgreementRequest.with { $0.document = document })
        #expect(check.feasible)
        let agreement = try await running.agreementInForce(Self.terms)
        let token = try await running.token(agreement)
        func ask(_ nino: String, fields: [String] = []) async throws -> Concordat_V1_QueryResponse {
            try await running.call("leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, nino, fields: fields), token: token)
        }
        let answer = try await ask("QQ123456A")
        var expected = WireWriter()
        expected.string(1, "QQ123456A")
        expected.explicit(2, 1)
        expected.string(3, "E08000035")
        expected.explicit(4, 1)
        #expect(answer.records.map { [UInt8]($0.record) } == [expected.bytes])
        #expect(answer.records.first?.fields.map(\.disposition) == [.released, .transformed, .released, .transformed, .withheld])
        #expect(answer.schema.notice.withheld == ["health_flag"])
        #expect(answer.schema.notice.changed.map(\.path) == ["amount_pence", "surname"])
        #expect(answer.schema.notice.changed.map(\.rule) == ["predicate as=number op=lt value=40000", "exists"])
        // Each of the others passes one filter and not the other.
        for other in ["QQ123457A", "QQ123458A"] { #expect(try await ask(other).records.isEmpty) }
        // The token does not hold the field that is kept back, and who asks for fewer fields is told of it all the same.
        let refusal = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A", fields: ["nino", "health_flag"]), token: token)
        #expect(refusal.code == .permissionDenied)
        let fewer = try await ask("QQ123456A", fields: ["nino"])
        #expect(fewer.schema.notice.withheld == ["health_flag"] && fewer.schema.notice.changed.isEmpty)
        let size = running.broker.core.ledger.checkpoint.size
        let entries = try await running.broker.core.reader.read { store throws(StorageFault) in
            try store.entries(from: LedgerIndex(0), count: Int(size))
        }
        var replay = AuditReplay(origin: "broker.test/ledger")
        for entry in entries { replay.consume(entry) }
        #expect(replay.findings.map(\.description) == [])
        #expect(replay.counts[.exchange] == 4)
        await running.stop()
    }
}
