import AuditTrail
import BrokerProtocol
import Cryptography
import Foundation
import ProtobufWire
import RPC
import Redaction
import SwiftProtobuf
import Testing
import TransparencyLog
import Vocabulary

@testable import Broker

/// The first governed exchange, over a real listener, and everything that must stop one.
@Suite(.serialized) struct GovernedQueryTests {
    @Test func theWholeRoadLeadsToAReleasedRecordWithAReceipt() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let dataset = try await running.importAwards()
        #expect(dataset.revision == 1)
        #expect(dataset.rows == 3)
        let agreement = try await running.agreementInForce()
        let shown: Concordat_V1_Agreement = try await running.call(
            "auditor", "AgreementService/GetAgreement", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        #expect(shown.state == .active)
        let token = try await running.token(agreement)

        let answer: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A"), token: token)
        #expect(answer.records.count == 1)
        // nino as it is, local_authority as it is, 39,332 pence to the nearest 1,000: 39,000. No name, no health flag.
        var expected = WireWriter()
        expected.string(1, "QQ123456A")
        expected.string(3, "E08000035")
        expected.int64(4, 39_000)
        #expect([UInt8](answer.records[0].record) == expected.bytes)
        #expect(answer.records[0].fields.map(\.disposition) == [.released, .withheld, .released, .transformed, .withheld])

        try checkReceipt(answer, running)
        let outsider: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123458A"), token: token)
        let nobody: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ999999A"), token: token)
        // Another council's citizen and nobody at all look the same: no record, and a receipt.
        for empty in [outsider, nobody] {
            #expect(empty.records.isEmpty)
            #expect(!empty.receipt.proof.isEmpty)
            #expect(empty.nextPageToken.isEmpty)
        }
        await running.stop()
    }

    /// exchange.proto: no record, and no record that the row filter lets through, give the same answer. Also where the filter is one that no index answers.
    @Test func whoIsOutsideTheRowFilterAndNobodyLookTheSameInTheReceiptToo() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let either = "row_filter: {or: [{equals: {field: local_authority, value: E08000035}}, {equals: {field: local_authority, value: E08000036}}]}"
        let agreement = try await running.agreementInForce(
            RunningBroker.terms.replacing("row_filter: {equals: {field: local_authority, value: E08000035}}", with: either))
        let token = try await running.token(agreement)
        var seen: [(rows: [UInt32], bytes: Int)] = []
        for nino in ["QQ123458A", "QQ999999A"] {
            let answer: Concordat_V1_QueryResponse = try await running.call(
                "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, nino), token: token)
            guard case .exchange(let body) = try LedgerEntry(canonical: [UInt8](answer.receipt.entry)).body else { continue }
            #expect(answer.records.isEmpty && answer.nextPageToken.isEmpty)
            seen.append(([body.rowsRead, body.rowsReleased, body.rowsSuppressed], answer.receipt.entry.count))
        }
        #expect(seen.map(\.rows) == [[0, 0, 0], [0, 0, 0]])
        #expect(seen[0].bytes == seen[1].bytes)
        await running.stop()
    }

    /// The opened record is in the records root of the entry, and the entry in the signed log.
    private func checkReceipt(_ answer: Concordat_V1_QueryResponse, _ running: RunningBroker) throws {
        let entry = try LedgerEntry(canonical: [UInt8](answer.receipt.entry))
        guard case .exchange(let exchange) = entry.body else {
            Issue.record("the receipt is of another kind of entry")
            return
        }
        let opening = RecordOpening(
            evidence: .field, recordSalt: [],
            fields: answer.records[0].fields.map { field in
                RecordOpening.Field(
                    number: Int(field.number), disposition: Disposition(rawValue: UInt8(field.disposition.rawValue))!, salt: [UInt8](field.salt),
                    sourceDigest: Digest([UInt8](field.sourceDigest)))
            })
        let commitment = try #require(opening.commitment(to: [UInt8](answer.records[0].record)))
        #expect(commitment.bytes == [UInt8](answer.records[0].commitment))
        #expect(exchange.recordsRoot == TreeHash.leaf(commitment.bytes))
        #expect(
            exchange.requestCommitment
                == Commitments.request(
                    salt: [UInt8](answer.requestOpening.requestSalt), canonicalRequest: [UInt8](answer.requestOpening.request)))
        let proof = try TLogProof(Array(answer.receipt.proof.utf8))
        _ = try proof.verify(entry: [UInt8](answer.receipt.entry), trust: running.broker.core.ledger.identity.trust)
        #expect(!String(decoding: answer.receipt.entry, as: UTF8.self).contains("QQ123456A"))
    }

    @Test func everyRefusalIsInTheLedgerWithItsTrueReason() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let token = try await running.token(agreement)
        let query = RunningBroker.query(agreement, "QQ123456A")

        let field = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A", fields: ["surname"]), token: token)
        #expect(field.code == .permissionDenied)
        #expect(field.errorInfo?.metadata["fields"] == "surname")
        var denial = try await running.newestDenial()
        #expect(denial?.reason == "field_not_in_terms")
        #expect(denial?.fields == ["surname"])
        #expect(denial?.agreement == agreement)

        // What is no field of the dataset may be anything: it is refused, and kept nowhere.
        // In a second of its own: a refusal like one of the same second would be counted with it, and not have its names kept.
        let before = denial?.ledgerIndex ?? 0
        try await Task.sleep(for: .milliseconds(1_100))
        let planted = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A", fields: ["QQ123456C", "surname"]), token: token)
        #expect(planted.errorInfo?.metadata["fields"] == "surname")
        #expect(!planted.message.contains("QQ123456C"))
        #expect(planted.message.contains("(surname, 1 unknown field)"))
        denial = try await running.newestDenial()
        #expect((denial?.ledgerIndex ?? 0) > before)
        #expect(denial?.fields == ["surname", "1 unknown field"])
        let onlyPlanted = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A", fields: ["QQ123456C", "QQ123457C"]), token: token)
        #expect(onlyPlanted.errorInfo?.metadata["fields"] == nil)
        #expect(onlyPlanted.message.contains("(2 unknown fields)"))

        let purpose = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A", purpose: "debt-recovery"), token: token)
        #expect(purpose.code == .permissionDenied)
        #expect(try await running.newestDenial()?.reason == "purpose_not_allowed")

        let elsewhere = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query("ISA-2026-0999", "QQ123456A"), token: token)
        #expect(elsewhere.code == .permissionDenied)
        #expect(elsewhere.errorInfo?.reason == "AGREEMENT_NOT_IN_TOKEN")
        #expect(try await running.newestDenial()?.reason == "agreement_not_in_token")

        // B1: the right token with another valid client's certificate.
        let stolen = try await running.refusal("york-service", "ExchangeService/Query", query, token: token)
        #expect(stolen.code == .unauthenticated)
        denial = try await running.newestDenial()
        #expect(denial?.reason == "token_other_certificate")
        #expect(denial?.principal == "york-service")

        let none = try await running.refusal("leeds-service", "ExchangeService/Query", query)
        #expect(none.code == .unauthenticated)
        #expect(none.message == stolen.message)
        #expect(try await running.newestDenial()?.reason == "token_not_one_bearer")

        // Its life counts from the whole second in which it was asked for: one of a second could be over before it is recorded.
        let short = try await running.token(agreement, seconds: 2)
        try await Task.sleep(for: .milliseconds(2_200))
        let expired = try await running.refusal("leeds-service", "ExchangeService/Query", query, token: short)
        #expect(expired.message == stolen.message)
        #expect(try await running.newestDenial()?.reason == "token_expired")

        let _: Concordat_V1_AgreementChange = try await running.call(
            "leeds-signatory", "AgreementService/Terminate", Concordat_V1_TransitionRequest.with { $0.agreement = agreement })
        let dead = try await running.refusal("leeds-service", "ExchangeService/Query", query, token: token)
        #expect(dead.code == .unauthenticated)
        #expect(dead.message == stolen.message)
        #expect(try await running.newestDenial()?.reason == "token_stale_agreement")
        await running.stop()
    }

    @Test func aCertificateThatTheRegistryDoesNotKnowIsNobody() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let unknown = try await running.refusal("stranger", "RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest())
        #expect(unknown.code == .unauthenticated)
        // B4: retired in the registry, while the connection is open.
        let client = try await running.client("york-service")
        let _: Concordat_V1_Principal = try await client.unary("/concordat.v1.RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest())
        let thumbprint = Data(try X509Certificate(pem: running.certificates.text("york-service.pem")).thumbprint.bytes)
        let _: Concordat_V1_Certificate = try await running.call(
            "dwp-admin", "RegistryService/RetireCertificate",
            Concordat_V1_RetireCertificateRequest.with { $0.thumbprint = thumbprint; $0.reason = "Lost." })
        await #expect(throws: RPCStatus.self) {
            let _: Concordat_V1_Principal = try await client.unary("/concordat.v1.RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest())
        }
        #expect(try await running.newestDenial()?.reason == "certificate_retired")
        await client.close()
        await running.stop()
    }

    @Test func whatIsNotGrantedIsOneInvalidScope() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        // C1: unknown dataset, wrong version, two agreements, another's agreement, none at all; C2: the grammar.
        let scopes: [(name: String, scope: String, reason: String)] = [
            ("leeds-service", "agr:\(agreement)@1 ds:uc.other:read purpose:council-tax-reduction", "scope_not_granted"),
            ("leeds-service", "agr:\(agreement)@2 ds:uc.awards:read purpose:council-tax-reduction", "scope_not_granted"),
            ("leeds-service", "agr:\(agreement)@1 agr:ISA-2026-9999@1 ds:uc.awards:read purpose:council-tax-reduction", "scope_syntax"),
            ("york-service", "agr:\(agreement)@1 ds:uc.awards:read purpose:council-tax-reduction", "agreement_not_yours"),
            ("york-service", "agr:ISA-2026-9999@1 ds:uc.awards:read purpose:council-tax-reduction", "agreement_unknown"),
            ("leeds-service", "agr:\(agreement)@1\tds:uc.awards:read purpose:council-tax-reduction", "scope_syntax"),
            ("leeds-service", String(repeating: "a", count: 1_025), "scope_syntax"),
        ]
        var answers: Set<String> = []
        for (name, scope, reason) in scopes {
            let status = try await running.refusal(name, "TokenService/IssueToken", Concordat_V1_IssueTokenRequest.with { $0.scope = scope })
            #expect(status.errorInfo?.reason == "INVALID_SCOPE")
            answers.insert(status.message)
            #expect(try await running.newestDenial()?.reason == reason)
            // One entry a second for the same reason: the next refusal must be its own.
            try await Task.sleep(for: .milliseconds(1_050))
        }
        #expect(answers.count == 1)
        // C3
        let details = [
            #"[{"type":"urn:other:1","agreement":"\#(agreement)"}]"#, #"[{"type":"urn:concordat:exchange:1","agreement":"\#(agreement)","colour":1}]"#,
            #"[{"type":"urn:concordat:exchange:1","agreement":"\#(agreement)","limits":{"rows":"5"}}]"#,
            #"[{"type":"urn:concordat:exchange:1","agreement":"\#(agreement)","limits":{"rows":-1}}]"#,
            #"[{"type":"urn:concordat:exchange:1","agreement":"\#(agreement)","limits":{"rows":9223372036854775808}}]"#,
        ]
        for detail in details {
            let status = try await running.refusal(
                "leeds-service", "TokenService/IssueToken", Concordat_V1_IssueTokenRequest.with { $0.authorizationDetails = detail })
            #expect(status.errorInfo?.reason == "INVALID_AUTHORIZATION_DETAILS")
        }
        await running.stop()
    }

    /// Every call under such terms would be denied, so they are stopped before anybody has advised, decided or signed.
    @Test func termsThatAskForSignedRequestsAreNeitherFeasibleNorSubmitted() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let signed = RunningBroker.terms.replacingOccurrences(of: "{level: field, request: none}", with: "{level: field, request: signed}")
        let document = try YAMLDocument.parse(signed, file: "terms.yaml")
        let check: Concordat_V1_CheckAgreementResponse = try await running.call(
            "leeds-requester", "AgreementService/CheckAgreement", Concordat_V1_CheckAgreementRequest.with { $0.document = document })
        #expect(!check.feasible)
        #expect(check.findings.filter { $0.severity == .error }.map(\.path) == ["evidence.request"])
        #expect(check.findings.first { $0.severity == .error }?.code == "EVIDENCE_NOT_TAKEN")
        #expect(check.findings.first { $0.severity == .error }?.message.contains("Use none") == true)
        let draft: Concordat_V1_AgreementChange = try await running.call(
            "leeds-requester", "AgreementService/DraftAgreement", Concordat_V1_DraftAgreementRequest.with { $0.document = document })
        let refusal = try await running.refusal(
            "leeds-requester", "AgreementService/Submit", Concordat_V1_TransitionRequest.with { $0.agreement = draft.agreement })
        #expect(refusal.code == .failedPrecondition)
        #expect(refusal.errorInfo?.reason == "DRY_RUN_FAILED")
        await running.stop()
    }
}
