import AuditTrail
import BrokerProtocol
import Cryptography
import Foundation
import ProtobufWire
import RPC
import Redaction
import Storage
import Testing
import Tokens
import Vocabulary

@testable import Broker

/// What the ledger says of a token, and what is not granted.
@Suite(.serialized) struct TokenGrantTests {
    /// ledger-entries.md, TOKEN: what the token allows, whatever its holder asked for. Leaves are numbered depth-first by field number.
    @Test func theLedgerSaysWhatATokenAllows() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let whole: Concordat_V1_IssueTokenResponse = try await running.call(
            "leeds-service", "TokenService/IssueToken",
            Concordat_V1_IssueTokenRequest.with {
                $0.scope = "agr:\(agreement)@1 ds:uc.awards:read purpose:council-tax-reduction"
            })
        #expect(
            try await allowance(whole.ledgerIndex, running)
                == TokenAllowance(
                    version: .first, purpose: PurposeCode("council-tax-reduction")!,
                    datasets: [TokenAllowance.Dataset(id: DatasetID("uc.awards")!, actions: [.read], fields: LeafSet([0, 2, 3]))],
                    limits: TokenAllowance.Limits(rows: 1_000, bytes: 1_000_000, calls: 50, rowsPerCall: 10)))
        let narrow: Concordat_V1_IssueTokenResponse = try await running.call(
            "leeds-service", "TokenService/IssueToken",
            Concordat_V1_IssueTokenRequest.with {
                $0.authorizationDetails = """
                    [{"type":"urn:concordat:exchange:1","agreement":"\(agreement)",\
                    "datasets":[{"id":"uc.awards","actions":["read"],"fields":["amount_pence"]}],"limits":{"rows":5,"calls":2}}]
                    """
            })
        #expect(
            try await allowance(narrow.ledgerIndex, running)
                == TokenAllowance(
                    version: .first, purpose: PurposeCode("council-tax-reduction")!,
                    datasets: [TokenAllowance.Dataset(id: DatasetID("uc.awards")!, actions: [.read], fields: LeafSet([3]))],
                    limits: TokenAllowance.Limits(rows: 5, bytes: 1_000_000, calls: 2, rowsPerCall: 10)))
        await running.stop()
    }

    /// Of a token that is narrowed to one byte nothing leaves, and who is held must not be had for nothing: both questions have an entry, a call is
    /// charged for each, and the third is refused before it is asked of the source.
    @Test func aTokenOfOneByteIsNoOracle() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let narrow: Concordat_V1_IssueTokenResponse = try await running.call(
            "leeds-service", "TokenService/IssueToken",
            Concordat_V1_IssueTokenRequest.with {
                $0.authorizationDetails = """
                    [{"type":"urn:concordat:exchange:1","agreement":"\(agreement)","limits":{"bytes":1,"calls":2}}]
                    """
            })
        let start = running.broker.core.ledger.checkpoint.size
        let held = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A"), token: narrow.accessToken)
        #expect(held.code == .resourceExhausted)
        let nobody: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ999999C"), token: narrow.accessToken)
        #expect(nobody.records.isEmpty)
        let third = try await running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ999999C"), token: narrow.accessToken)
        #expect(third.code == .resourceExhausted)
        let end = running.broker.core.ledger.checkpoint.size
        let bytes = try await running.broker.core.reader.read { store throws(StorageFault) in
            try store.entries(from: LedgerIndex(start), count: Int(end - start))
        }
        let exchanges = try bytes.map { try LedgerEntry(canonical: $0) }.compactMap { entry -> ExchangeEntry? in
            if case .exchange(let exchange) = entry.body { exchange } else { nil }
        }
        #expect(exchanges.map(\.rowsReleased) == [0, 0])
        #expect(exchanges.map(\.bytesReleased) == [0, 0])
        #expect(exchanges.map(\.rowsSuppressed) == [1, 0])
        // RFC 6962 section 2.1: the root of the empty tree is SHA-256 of nothing.
        #expect(exchanges.allSatisfy { $0.recordsRoot == Digest.sha256([UInt8]()) })
        await running.stop()
    }

    private func allowance(_ index: UInt64, _ running: RunningBroker) async throws -> TokenAllowance? {
        let bytes = try await running.broker.core.reader.read { store throws(StorageFault) in try store.entry(LedgerIndex(index)) }
        guard let bytes, case .token(let entry) = try LedgerEntry(canonical: bytes).body, case .issued(let grant) = entry.act else { return nil }
        return grant.allowance
    }

    /// The terms name the schema of before, so nobody could say which fields such a token allows.
    @Test func noTokenIsIssuedForADatasetWithAnotherSchemaThanTheTerms() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let schema = Data(try changedSchema)
        let begun: Concordat_V1_BeginImportResponse = try await running.call(
            "dwp-owner", "CatalogueService/BeginImport",
            Concordat_V1_BeginImportRequest.with {
                $0.dataset = "uc.awards"
                $0.title = "Universal Credit awards"
                $0.schema.descriptorSet = schema
                $0.keyField = "nino"
                $0.synthetic = true
                $0.replacesRevision = 1
            })
        let _: Concordat_V1_Dataset = try await running.call(
            "dwp-owner", "CatalogueService/FinishImport", Concordat_V1_FinishImportRequest.with { $0.importID = begun.importID })
        let refusal = try await running.refusal(
            "leeds-service", "TokenService/IssueToken",
            Concordat_V1_IssueTokenRequest.with { $0.scope = "agr:\(agreement)@1 ds:uc.awards:read purpose:council-tax-reduction" })
        #expect(refusal.code == .invalidArgument)
        #expect(refusal.errorInfo?.reason == "INVALID_SCOPE")
        #expect(try await running.newestDenial()?.reason == "dataset_schema_changed")
        await running.stop()
    }

    private var changedSchema: [UInt8] {
        get throws {
            let root = try MessageSchema(
                name: "BenefitAward",
                fields: [
                    FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 9, name: "band", type: .scalar(.string)),
                ])
            return try DatasetSchema(
                packageName: "uc.awards", root: root,
                labels: [
                    FieldPath("nino")!: Sensitivity(level: .personal, role: .subjectKey, domain: "nino", canon: .ninoDemo, path: "test"),
                    FieldPath("band")!: Sensitivity(level: .personal, role: .attribute, domain: "", canon: nil, path: "test"),
                ], keys: ["nino"], isSynthetic: true
            ).canonicalBytes
        }
    }

    /// ledger-entries.md: the broker's writer refuses what waited more than 120 s, so that the replay never has to.
    @Test func anActThatWaitedLongerThanAnEntryMaySayIsUnavailable() async throws {
        let running = try await RunningBroker()
        let core = running.broker.core
        let caller = try await core.caller(Thumbprint(Digest.sha256([UInt8](try running.der("dwp-admin")))))
        func call(arrivedBefore seconds: Int64) -> Call {
            Call(
                method: "AddOrganisation", caller: caller, revocations: RevocationSnapshot(core.ledger.epochs, of: caller),
                arrived: core.clock.now().advanced(seconds: -seconds), reference: "test", trace: TraceContext(high: 0, low: 1), peerAddress: "127.0.0.1", authorization: [], isAbandoned: { false })
        }
        let request = Concordat_V1_AddOrganisationRequest.with { $0.id = "hmrc"; $0.name = "HM Revenue and Customs" }
        await #expect(throws: CallFault.unavailable(part: "ledger")) { try await core.addOrganisation(request, call(arrivedBefore: 121)) }
        #expect(try await core.addOrganisation(request, call(arrivedBefore: 60)).id == "hmrc")
        await running.stop()
    }

    /// ledger-entries.md: the entry of a call says no time more than 10 s before the agreement came into force, so that the replay never finds one.
    @Test func aCallThatArrivedBeforeItsAgreementWasInForceIsRefused() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let core = running.broker.core
        let known = try await core.caller(Thumbprint(Digest.sha256([UInt8](try running.der("leeds-service")))))
        // The certificates of a test are as old as the test, and this one's calls are dated back.
        var certificate = known.certificate
        certificate.notBefore = certificate.notBefore.advanced(seconds: -60)
        let caller = Caller(certificate: certificate, principal: known.principal, organisation: known.organisation)
        let id = try #require(AgreementID(agreement))
        let activated = try await core.reader.read { store throws(StorageFault) in
            try store.agreement(id).map { stored throws(StorageFault) in try BrokerCore.state(of: stored).activatedAt }
        }
        let began = try #require(activated ?? nil)
        func call(_ method: String, secondsBefore seconds: Int64, token: String = "") -> Call {
            Call(
                method: method, caller: caller, revocations: RevocationSnapshot(core.ledger.epochs, of: caller),
                arrived: began.advanced(seconds: -seconds), reference: "test", trace: TraceContext(high: 0, low: 1), peerAddress: "127.0.0.1",
                authorization: token.isEmpty ? [] : [Array("Bearer \(token)".utf8)[...]], isAbandoned: { false })
        }
        // The call for the token came in while the agreement was being activated, so that the token itself tells nothing of this.
        let asked = Concordat_V1_IssueTokenRequest.with { $0.scope = "agr:\(agreement)@1 ds:uc.awards:read purpose:council-tax-reduction" }
        let token = try await core.issueToken(asked, call("IssueToken", secondsBefore: 5)).accessToken
        let query = RunningBroker.query(agreement, "QQ123456A")
        let before = core.ledger.checkpoint.size
        await #expect(throws: CallFault.denied(reason: "agreement_not_yet_started", paths: [])) {
            try await core.query(query, call("Query", secondsBefore: 11, token: token))
        }
        #expect(core.ledger.checkpoint.size == before)
        let answer = try await core.query(query, call("Query", secondsBefore: 9, token: token))
        #expect(try Concordat_V1_QueryResponse(serializedBytes: answer).records.count == 1)
        let size = core.ledger.checkpoint.size
        let entries = try await core.reader.read { store throws(StorageFault) in try store.entries(from: LedgerIndex(0), count: Int(size)) }
        var replay = AuditReplay(origin: "broker.test/ledger")
        for entry in entries { replay.consume(entry) }
        #expect(replay.findings.map(\.description) == [])
        #expect(replay.counts[.exchange] == 1)
        await running.stop()
    }
}
