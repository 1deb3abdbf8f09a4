import AuditTrail
import BrokerProtocol
import Cryptography
import Foundation
import Ledger
import RPC
import Redaction
import Storage
import SwiftProtobuf
import Testing
import Tokens
import Vocabulary

@testable import Broker

/// Request ids, pages, quotas, suspension and restart, over a real listener.
@Suite(.serialized) struct ExchangeRuleTests {
    private func prepared() async throws -> (RunningBroker, String) {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        return (running, try await running.agreementInForce())
    }

    @Test func theSameRequestIDGetsTheSameReceiptAndAnotherBodyIsRefused() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        var request = RunningBroker.query(agreement, "QQ123456A")
        request.requestID = "case-1"
        let first: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
        let again: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
        #expect(!first.repeatedReceipt)
        #expect(again.repeatedReceipt)
        #expect(again.receipt.index == first.receipt.index)
        #expect(again.receipt.entry == first.receipt.entry)
        #expect(again.records == first.records)

        request.key.value = "QQ123457A"
        let other = try await running.refusal("leeds-service", "ExchangeService/Query", request, token: token)
        #expect(other.code == .alreadyExists)

        // The same records out of a new revision: their commitments are equal, so the old receipt proves them (DESIGN, "the life of one exchange").
        request.key.value = "QQ123456A"
        try await running.importAwards()
        let fresh: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
        #expect(fresh.repeatedReceipt)
        #expect(fresh.receipt.index == first.receipt.index)
        await running.stop()
    }

    @Test func pagesFollowOneAnotherAndEnd() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        var request = RunningBroker.query(agreement, "")
        request.filter = .with { $0.conditions = [.with { $0.field = "local_authority"; $0.equals = "E08000035" }] }
        request.pageSize = 1
        let first: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
        #expect(first.records.count == 1)
        #expect(!first.nextPageToken.isEmpty)
        request.pageToken = first.nextPageToken
        let second: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
        #expect(second.records.count == 1)
        #expect(second.records[0].record != first.records[0].record)
        var changed = request
        changed.pageToken[0] ^= 1
        let refused = try await running.refusal("leeds-service", "ExchangeService/Query", changed, token: token)
        #expect(refused.code == .failedPrecondition)
        if !second.nextPageToken.isEmpty {
            request.pageToken = second.nextPageToken
            let last: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
            #expect(last.records.isEmpty)
            #expect(last.nextPageToken.isEmpty)
        }
        await running.stop()
    }

    @Test func theDailyQuotaOfCallsHoldsUnderParallelCalls() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce(RunningBroker.terms.replacing("calls_per_day: 50", with: "calls_per_day: 5"))
        let token = try await running.token(agreement)
        let request = RunningBroker.query(agreement, "QQ123456A")
        let client = try await running.client("leeds-service")
        var metadata = Metadata()
        metadata.add("authorization", "Bearer \(token)")
        let codes = await withTaskGroup(of: RPCCode.self, returning: [RPCCode].self) { [metadata] tasks in
            for _ in 0..<20 {
                tasks.addTask {
                    do {
                        let _: Concordat_V1_QueryResponse = try await client.unary(
                            "/concordat.v1.ExchangeService/Query", request, metadata: metadata)
                        return .ok
                    } catch let status as RPCStatus {
                        return status.code
                    } catch { return .unknown }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == .ok } == 5)
        #expect(codes.count { $0 == .resourceExhausted } == 15)
        await client.close()
        await running.stop()
    }

    /// Nobody is found by this number, so the answer would have no row; a spent quota refuses it all the same, before and after a restart.
    @Test func aSpentQuotaOfRowsRefusesWhatWouldReleaseNothing() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce(RunningBroker.terms.replacing("rows_per_call: 10, rows_per_day: 1000", with: "rows_per_call: 1, rows_per_day: 1"))
        let token = try await running.token(agreement)
        let nobody = RunningBroker.query(agreement, "QQ999999C")
        let empty: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", nobody, token: token)
        #expect(empty.records.isEmpty)
        let one: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A"), token: token)
        #expect(one.records.count == 1)
        #expect(try await running.refusal("leeds-service", "ExchangeService/Query", nobody, token: token).code == .resourceExhausted)
        await running.stop()
        let again = RunningBroker(running, broker: try await RunningBroker.start(running.home))
        #expect(try await again.refusal("leeds-service", "ExchangeService/Query", nobody, token: token).code == .resourceExhausted)
        await again.stop()
    }

    @Test func aSuspensionKillsTokensBeforeItIsAnsweredAndTwoPeopleLiftIt() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        let query = RunningBroker.query(agreement, "QQ123456A")
        let step = Concordat_V1_TransitionRequest.with { $0.agreement = agreement; $0.comment = "Checked." }
        let stopped: Concordat_V1_AgreementChange = try await running.call("dwp-oncall", "AgreementService/Suspend", step)
        #expect(stopped.state == .suspended)
        #expect(try await running.refusal("leeds-service", "ExchangeService/Query", query, token: token).code == .unauthenticated)
        let half: Concordat_V1_AgreementChange = try await running.call("dwp-owner", "AgreementService/Resume", step)
        #expect(half.state == .suspended)
        let whole: Concordat_V1_AgreementChange = try await running.call("dwp-adviser", "AgreementService/Resume", step)
        #expect(whole.state == .active)
        // C9: the old token stays dead.
        #expect(try await running.refusal("leeds-service", "ExchangeService/Query", query, token: token).code == .unauthenticated)
        let fresh = try await running.token(agreement)
        let answer: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", query, token: fresh)
        #expect(answer.records.count == 1)
        await running.stop()
    }

    @Test func whoDraftedMayNotDecideAndWhoLacksTheRoleMayNot() async throws {
        let (running, agreement) = try await prepared()
        let refused = try await running.refusal(
            "leeds-requester", "AgreementService/PrepareStatement",
            Concordat_V1_PrepareStatementRequest.with {
                $0.agreement = agreement
                $0.role = .informationAssetOwner
                $0.decision = .approve
            })
        #expect(refused.code == .permissionDenied)
        #expect(try await running.newestDenial()?.reason == "ROLE_MISSING")
        // Another organisation cannot tell this agreement from one that does not exist.
        let hidden = try await running.refusal(
            "york-service", "AgreementService/GetAgreement", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        let absent = try await running.refusal(
            "york-service", "AgreementService/GetAgreement", Concordat_V1_GetAgreementRequest.with { $0.agreement = "ISA-2026-9999" })
        #expect(hidden == absent)
        await running.stop()
    }

    @Test func theOwnersOwnLookIsInTheLedger() async throws {
        let (running, _) = try await prepared()
        let request = Concordat_V1_GetRecordRequest.with { $0.dataset = "uc.awards"; $0.key = "QQ123456A"; $0.reason = "Demonstration." }
        let answer: Concordat_V1_GetRecordResponse = try await running.call("dwp-owner", "CatalogueService/GetRecord", request)
        #expect(answer.record == RunningBroker.record(RunningBroker.citizens[0]))
        let entry = try LedgerEntry(canonical: [UInt8](answer.receipt.entry))
        #expect(entry.kind == .attempt)
        guard case .attempt(let attempt) = entry.body else { return }
        // What is in clear beside the entry does not open it; the wrapped key does.
        let index = LedgerIndex(answer.receipt.index)
        let (remarks, opening) = try await running.broker.core.reader.read { store throws(StorageFault) in
            (try store.remarks(at: index), try store.opening(index))
        }
        let looked = Array("uc.awards".utf8) + [0] + Array("QQ123456A".utf8)
        #expect(remarks.map(\.text) == ["Demonstration."])
        #expect(!remarks.contains { Commitments.request(salt: $0.salt, canonicalRequest: looked) == attempt.requestCommitment })
        let opened = try running.broker.core.evidence.unwrap(
            try #require(opening).wrapped, exchange: attempt.exchange, part: attempt.part)
        let salts = try EntrySalts(xk: SecretBytes(opened.saltKey), fieldCount: 0)
        #expect(Commitments.request(salt: salts.request, canonicalRequest: looked) == attempt.requestCommitment)
        let refused = try await running.refusal("leeds-owner", "CatalogueService/GetRecord", request)
        #expect(refused.code == .permissionDenied)
        await running.stop()
    }

    @Test func aRestartGoesOnWithTheSameLedgerAndTokens() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        let size = running.broker.core.ledger.checkpoint.size
        await running.stop()
        let second = try await RunningBroker.start(running.home)
        let client = try await running.client("leeds-service", of: second)
        var metadata = Metadata()
        metadata.add("authorization", "Bearer \(token)")
        let answer: Concordat_V1_QueryResponse = try await client.unary(
            "/concordat.v1.ExchangeService/Query", RunningBroker.query(agreement, "QQ123456A"), metadata: metadata)
        #expect(answer.records.count == 1)
        #expect(answer.receipt.index >= size)
        await client.close()
        await second.stop()
    }

    private func suspend(_ agreement: String, _ running: RunningBroker) async throws {
        let step = Concordat_V1_TransitionRequest.with { $0.agreement = agreement; $0.comment = "Checked." }
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-oncall", "AgreementService/Suspend", step)
    }

    @Test func stepsAreOnTheTermsThatWereRead() async throws {
        let (running, agreement) = try await prepared()
        let read: Concordat_V1_Agreement = try await running.call(
            "dwp-oncall", "AgreementService/GetAgreement", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        var step = Concordat_V1_TransitionRequest.with { $0.agreement = agreement; $0.termsDigest = Data(repeating: 7, count: 32) }
        let other = try await running.refusal("dwp-oncall", "AgreementService/Suspend", step)
        #expect(other.code == .failedPrecondition && other.message.contains("Read them again"))
        step.termsDigest = Data([1])
        #expect(try await running.refusal("dwp-oncall", "AgreementService/Suspend", step).code == .invalidArgument)
        step.termsDigest = read.termsDigest
        let stopped: Concordat_V1_AgreementChange = try await running.call("dwp-oncall", "AgreementService/Suspend", step)
        #expect(stopped.outstanding == ["lifting of the suspension by dwp: consent of dwp's information asset owner and security adviser"])
        step.comment = "Checked."
        let half: Concordat_V1_AgreementChange = try await running.call("dwp-adviser", "AgreementService/Resume", step)
        #expect(
            half.outstanding == [
                "lifting of the suspension by dwp: consent of dwp's information asset owner; its security adviser has consented"
            ])
        await running.stop()
    }

    private func resume(_ agreement: String, _ running: RunningBroker) async throws {
        let step = Concordat_V1_TransitionRequest.with { $0.agreement = agreement; $0.comment = "Checked." }
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-owner", "AgreementService/Resume", step)
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-adviser", "AgreementService/Resume", step)
    }

    /// A request with an id that was answered a moment ago.
    private func answered() async throws -> (RunningBroker, agreement: String, request: Concordat_V1_QueryRequest, token: String) {
        let (running, agreement) = try await prepared()
        var request = RunningBroker.query(agreement, "QQ123456A")
        request.requestID = "case-1"
        let token = try await running.token(agreement)
        let _: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", request, token: token)
        return (running, agreement, request, token)
    }

    @Test func aRepetitionAfterASuspensionGetsAnEntryOfItsOwn() async throws {
        let (running, agreement) = try await prepared()
        var request = RunningBroker.query(agreement, "QQ123456A")
        request.requestID = "case-1"
        let first: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", request, token: try await running.token(agreement))
        try await suspend(agreement, running)
        try await resume(agreement, running)
        let again: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", request, token: try await running.token(agreement))
        #expect(!again.repeatedReceipt)
        #expect(again.receipt.index > first.receipt.index)
        #expect(again.exchangeID != first.exchangeID)
        guard case .exchange(let entry) = try LedgerEntry(canonical: [UInt8](again.receipt.entry)).body else {
            Issue.record("the receipt is of another kind of entry")
            return
        }
        #expect(entry.reference?.value == first.receipt.index)
        await running.stop()
    }

    /// The suspension is answered after the request was permitted and before its records leave.
    @Test func aRepetitionThatASuspensionOvertakesReleasesNothing() async throws {
        let (running, agreement, request, token) = try await answered()
        let (exchange, memory) = try await permitted(request, token, running)
        let bytes = try #require(try await running.broker.core.repeatedAnswer(exchange, of: memory, after: 0, rows: 10))
        let answer = try Concordat_V1_QueryResponse(serializedBytes: bytes)
        #expect(answer.records.count == 1 && answer.repeatedReceipt && answer.hasSchema && answer.requestOpening.requestSalt.count == 16)
        // The library writes the same bytes: nothing is out of order, written twice or unknown to it.
        let again: [UInt8] = try answer.serializedBytes()
        #expect(again == bytes)
        try await suspend(agreement, running)
        await #expect(throws: CallFault.unauthenticated(reason: "token_stale_at_repetition")) {
            try await running.broker.core.repeatedAnswer(exchange, of: memory, after: 0, rows: 10)
        }
        await running.stop()
    }

    /// Row F18: the caller goes between the decision and the source's turn.
    @Test func anAbandonedCallReadsNothingAndLeavesNoEntry() async throws {
        let (running, _, request, token) = try await answered()
        let core = running.broker.core
        let (exchange, memory) = try await permitted(request, token, running, isAbandoned: { true })
        let before = core.ledger.checkpoint.size
        await #expect(throws: CallFault.abandoned) { _ = try await core.recordedRelease(exchange, after: 0, rows: 10) }
        await #expect(throws: CallFault.abandoned) { try await core.repeatedAnswer(exchange, of: memory, after: 0, rows: 10) }
        #expect(core.ledger.checkpoint.size == before)
        #expect(CallFault.abandoned.recordedReason == nil)
        #expect(StatusMapping.status(.abandoned, reference: "").code == .cancelled)
        await running.stop()
    }

    @Test func repetitionsHaveARate() async throws {
        let (running, _, request, token) = try await answered()
        let core = running.broker.core
        let (exchange, memory) = try await permitted(request, token, running)
        let client = exchange.call.caller.principal.number
        // At the end of all time, so that nothing is earned until then.
        var admitted = 0
        while core.repetitions.withLock({ $0.admit(client, now: .max) }) { admitted += 1 }
        #expect(admitted == core.configuration.limits.repetitionBurst)
        await #expect(throws: CallFault.busy(reason: "repetitions_too_frequent", stage: .request)) {
            try await core.repeatedAnswer(exchange, of: memory, after: 0, rows: 10)
        }
        let status = StatusMapping.status(.busy(reason: "repetitions_too_frequent", stage: .request), reference: "")
        #expect(status.code == .resourceExhausted)
        #expect(status.message.contains("Wait a moment and try again"))
        await running.stop()
    }

    @Test func aProviderRetiredOnTheWayReleasesNothing() async throws {
        let (running, _, request, token) = try await answered()
        let (exchange, _) = try await permitted(request, token, running)
        let core = running.broker.core
        let answer: ActAnswer<CallFault?, CallFault> = try await core.ledger.submit { store, moment throws(StorageFault) in
            guard var provider = try store.organisation(exchange.governed.provider.number) else { return .refuse(.notFound(what: "it")) }
            provider.status = .retired
            try store.put(provider)
            return .refuse(try exchange.change(since: moment.epochs.generation + 1, in: store) ?? .notFound(what: "a change"))
        }
        guard case .refused(let fault) = answer else {
            Issue.record("the act was recorded")
            return
        }
        #expect(fault == .denied(reason: "provider_retired", paths: []))
        await running.stop()
    }

    @Test func aReplacedRevisionLeavesTheDiskAndTheNewOneIsRead() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        let query = RunningBroker.query(agreement, "QQ123456A")
        for _ in 0..<2 {
            let _: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", query, token: token)
        }
        let second = try await running.importAwards()
        #expect(second.revision == 2)
        let names = try FileManager.default.contentsOfDirectory(atPath: running.home.sources).filter { $0.hasSuffix(".sqlite") }
        #expect(names.count == 1)
        #expect(names.first?.hasPrefix("uc.awards@2-") == true)
        for _ in 0..<2 {
            let answer: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", query, token: token)
            #expect(answer.records.count == 1)
        }
        await running.stop()
    }

    @Test func anOldCopyOfTheDatabaseIsRefusedAndTheNewestSourcesStay() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        await running.stop()
        let files = FileManager.default
        let database = running.home.database
        try files.copyItem(atPath: database, toPath: database + ".old")
        let second = RunningBroker(running, broker: try await RunningBroker.start(running.home))
        try await second.importAwards()
        await second.stop()
        for suffix in ["", "-wal", "-shm"] where files.fileExists(atPath: database + suffix) { try files.removeItem(atPath: database + suffix) }
        try files.moveItem(atPath: database + ".old", toPath: database)
        await #expect {
            _ = try await RunningBroker.start(running.home)
        } throws: { error in
            guard case BrokerFault.start("ledger", let reason) = error else { return false }
            return reason.contains("restore the newest copy")
        }
        #expect(try files.contentsOfDirectory(atPath: running.home.sources).contains { $0.hasPrefix("uc.awards@1-") })
    }

    /// What is sent where a request has just been permitted and what it repeats was found.
    private func permitted(
        _ request: Concordat_V1_QueryRequest, _ token: String, _ running: RunningBroker, isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) async throws -> (Exchange, RequestMemory) {
        let core = running.broker.core
        let thumbprint = try X509Certificate(pem: running.certificates.text("leeds-service.pem")).thumbprint
        let caller = try await core.caller(thumbprint)
        let call = Call(
            method: "Query", caller: caller, revocations: RevocationSnapshot(core.ledger.epochs, of: caller), arrived: core.clock.now(),
            reference: "test", trace: TraceContext(high: 0, low: 1), peerAddress: "127.0.0.1", authorization: [Array("Bearer \(token)".utf8)[...]],
            isAbandoned: isAbandoned)
        let form = try ExchangeForm(request, limits: core.configuration.limits)
        let verified = try core.verifiedToken(call)
        let generation = core.ledger.generation
        let governed = try await core.governed(form, generation: generation, call)
        let (program, charge) = try core.decided(form, verified, governed, rows: 10, call, at: call.arrived)
        let memory = try #require(try await core.remembered(form, call))
        let exchange = Exchange(
            form: form, call: call, token: verified, governed: governed, generation: generation, program: program, charge: charge,
            secrets: ExchangeSecrets(from: core.randomness))
        return (exchange, memory)
    }
}
