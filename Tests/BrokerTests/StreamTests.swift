import AuditTrail
import BrokerProtocol
import Cryptography
import Foundation
import Ledger
import RPC
import Redaction
import Storage
import Testing
import Vocabulary

@testable import Broker

/// `Stream`: batches, resumption, and what stops it, over a real listener.
@Suite(.serialized) struct StreamTests {
    /// What one call gave until it ended.
    struct Outcome {
        var batches: [Concordat_V1_StreamBatch] = []
        /// Nil where it ended well.
        var status: RPCStatus?

        var amounts: [Int] { batches.map(\.records.count) }
    }

    /// 2,400 citizens of Leeds among 3,600, in order of import.
    private static let citizens = people(3_600)
    private static func people(_ count: Int) -> [(nino: String, area: String, pence: Int64)] {
        (0..<count).map { (String(format: "QQ%06dA", $0), $0 % 3 == 2 ? "E06000014" : "E08000035", Int64($0)) }
    }
    private static let leeds = citizens.filter { $0.area == "E08000035" }.map(\.nino)

    private func prepared(
        _ count: Int = 3_600, rowsPerCall: Int = 10_000, seconds: Int = 60, level: String = "record"
    ) async throws -> (RunningBroker, String) {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards(Self.people(count))
        let terms = RunningBroker.terms
            .replacing("operations: [query]", with: "operations: [query, stream]")
            .replacing("rows_per_call: 10, rows_per_day: 1000, bytes_per_day: 1000000", with: "rows_per_call: \(rowsPerCall), rows_per_day: 100000, bytes_per_day: 100000000")
            .replacing("stream_seconds: 60", with: "stream_seconds: \(seconds)")
            .replacing("level: field", with: "level: \(level)")
        return (running, try await running.agreementInForce(terms))
    }

    private static func request(_ agreement: String, resumeAfter: UInt64 = 0) -> Concordat_V1_StreamRequest {
        .with {
            $0.agreement = agreement
            $0.dataset = "uc.awards"
            $0.purpose = "council-tax-reduction"
            $0.resumeAfter = resumeAfter
        }
    }

    /// - Parameter taking: called after each batch; false leaves the stream there.
    private func stream(
        _ running: RunningBroker, _ request: Concordat_V1_StreamRequest, token: String, as name: String = "leeds-service",
        taking: (Concordat_V1_StreamBatch) async throws -> Bool = { _ in true }
    ) async throws -> Outcome {
        let client = try await running.client(name)
        var outcome = Outcome()
        do throws(RPCStatus) {
            let answers = try await client.serverStreaming(
                "/concordat.v1.ExchangeService/Stream", request, returning: Concordat_V1_StreamBatch.self,
                metadata: ["authorization": "Bearer \(token)"], timeout: .seconds(20))
            let iterator = answers.makeAsyncIterator()
            while let batch = try await iterator.next() {
                outcome.batches.append(batch)
                do { guard try await taking(batch) else { break } } catch { throw RPCStatus(.unknown, "\(error)") }
            }
        } catch {
            outcome.status = error
        }
        await client.close()
        return outcome
    }

    private func numbers(_ batches: [Concordat_V1_StreamBatch]) throws -> [String] {
        try batches.flatMap(\.records).map { released in
            // Field 1 is the first, a string: tag, length, text.
            let bytes = [UInt8](released.record)
            #expect(bytes.first == 0x0A)
            return String(decoding: bytes[2..<2 + Int(try #require(bytes.dropFirst().first))], as: UTF8.self)
        }
    }

    private func entry(_ batch: Concordat_V1_StreamBatch) throws -> ExchangeEntry {
        guard case .exchange(let body) = try LedgerEntry(canonical: [UInt8](batch.receipt.entry)).body else { throw RPCStatus(.unknown, "no EXCHANGE") }
        return body
    }

    @Test func everyRowArrivesOnceInBatchesThatHaveReceipts() async throws {
        let (running, agreement) = try await prepared()
        let outcome = try await stream(running, Self.request(agreement), token: try await running.token(agreement))
        #expect(outcome.status == nil)
        #expect(outcome.amounts == [1000, 1000, 400])
        #expect(outcome.batches.map(\.part) == [0, 1, 2])
        #expect(outcome.batches.map(\.isLast) == [false, false, true])
        #expect(outcome.batches.map(\.hasSchema) == [true, false, false])
        #expect(Set(outcome.batches.map(\.exchangeID)).count == 1)
        #expect(try numbers(outcome.batches) == Self.leeds)
        for batch in outcome.batches {
            let body = try entry(batch)
            #expect(body.operation == .stream && body.part == batch.part && body.isLastPart == batch.isLast)
            #expect(Int(body.rowsReleased) == batch.records.count)
            #expect(body.exchange.bytes == [UInt8](batch.exchangeID))
        }
        // Each part has a key of its own, and so another commitment to the same request.
        #expect(Set(try outcome.batches.map { try entry($0).requestCommitment }).count == 3)
        await running.stop()
    }

    /// ledger.md, "Citizen access": a batch carries the root over the tags of its people, which are kept beside it; a query about one person the tag.
    @Test func entryOfABatchIsAboutItsPeople() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        let outcome = try await stream(running, Self.request(agreement), token: token)
        let evidence = running.broker.core.evidence
        var kept: [TaggedSubject] = []
        for batch in outcome.batches {
            let (body, index) = (try entry(batch), LedgerIndex(batch.receipt.index))
            let opening = try #require(try await running.broker.core.reader.read { store throws(StorageFault) in try store.opening(index) })
            let subjects = try evidence.unwrap(opening.wrapped, exchange: body.exchange, part: body.part).subjects
            #expect(subjects.count == batch.records.count && TaggedSubject.root(over: subjects) == body.subject)
            kept += subjects
        }
        #expect(Set(kept.map(\.mark)).count == 2_400, "each person once")
        // The second time that the first of them is looked up.
        let finder = evidence.finding.authenticate(Array("nino".utf8) + [0] + Array(Self.leeds[0].utf8))
        let answer: Concordat_V1_QueryResponse = try await running.call(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, Self.leeds[0]), token: token)
        guard case .exchange(let looked) = try LedgerEntry(canonical: [UInt8](answer.receipt.entry)).body else { throw RPCStatus(.unknown, "no EXCHANGE") }
        let person = try #require(try await running.broker.core.reader.read { store throws(StorageFault) in try store.subject(finder) })
        let key = try evidence.unwrap(subjectKey: person.wrappedKey, finder: finder)
        #expect(kept[0] == TaggedSubject(subjectKey: key, number: 1))
        #expect(looked.subject == TaggedSubject(subjectKey: key, number: 2).tag && person.counter == 2)
        await running.stop()
    }

    @Test func streamGoesOnAfterTheLastBatchThatArrived() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        let first = try await stream(running, Self.request(agreement), token: token) { _ in false }
        let last = try #require(first.batches.last)
        let second = try await stream(running, Self.request(agreement, resumeAfter: last.receipt.index), token: token)
        #expect(second.status == nil)
        #expect(second.batches.first?.part == 0)
        #expect(second.batches.first?.exchangeID != last.exchangeID)
        #expect(try numbers(first.batches + second.batches) == Self.leeds)
        let entries = try second.batches.map { try entry($0) }
        #expect(entries.map(\.reference) == [LedgerIndex(last.receipt.index), nil])
        // After the last batch there is nothing.
        let done = try #require(second.batches.last)
        let after = try await stream(running, Self.request(agreement, resumeAfter: done.receipt.index), token: token)
        #expect(after.status?.code == .failedPrecondition && after.batches.isEmpty)
        await running.stop()
    }

    @Test func resumptionIsBoundToClientRequestAndRevision() async throws {
        let (running, agreement) = try await prepared()
        let token = try await running.token(agreement)
        let first = try await stream(running, Self.request(agreement), token: token) { _ in false }
        let index = try #require(first.batches.last).receipt.index
        var other = Self.request(agreement, resumeAfter: index)
        other.filter.conditions = [.with { $0.field = "local_authority"; $0.equals = "E08000035" }]
        #expect(try await stream(running, other, token: token).status?.code == .invalidArgument)
        var fewer = Self.request(agreement, resumeAfter: index)
        fewer.fields = ["nino"]
        #expect(try await stream(running, fewer, token: token).status?.code == .invalidArgument)
        // Entries that are no batch of the caller's: one of another kind, and one that does not exist.
        for strange in [1, index + 1_000_000, 1 << 63, .max] {
            #expect(try await stream(running, Self.request(agreement, resumeAfter: strange), token: token).status?.code == .notFound)
        }
        try await running.importAwards(Self.citizens)
        let changed = try await stream(running, Self.request(agreement, resumeAfter: index), token: token)
        #expect(changed.status?.code == .failedPrecondition && changed.batches.isEmpty)
        await running.stop()
    }

    @Test func rowsOfOneCallAreBoundedOverAllBatches() async throws {
        let (running, agreement) = try await prepared(rowsPerCall: 1_500)
        let token = try await running.token(agreement)
        let outcome = try await stream(running, Self.request(agreement), token: token)
        #expect(outcome.amounts == [1000, 500])
        #expect(outcome.batches.map(\.isLast) == [false, false])
        #expect(outcome.status?.code == .resourceExhausted)
        let rest = try await stream(running, Self.request(agreement, resumeAfter: try #require(outcome.batches.last).receipt.index), token: token)
        #expect(rest.status == nil)
        #expect(try numbers(outcome.batches + rest.batches) == Self.leeds)
        await running.stop()
    }

    @Test func searchThatFindsNobodyHasOneEmptyBatchAndAReceipt() async throws {
        let (running, agreement) = try await prepared()
        var request = Self.request(agreement)
        request.filter.conditions = [.with { $0.field = "local_authority"; $0.equals = "E06000014" }]
        let outcome = try await stream(running, request, token: try await running.token(agreement))
        #expect(outcome.status == nil && outcome.amounts == [0])
        #expect(try entry(try #require(outcome.batches.first)).isLastPart)
        await running.stop()
    }

    @Test func streamRunsAsLongAsItsTermsSay() async throws {
        // More than the caller's window takes.
        let (made, agreement) = try await prepared(12_000, seconds: 600, level: "field")
        let offset = ClockOffset()
        let running = try await made.restarted(offset: offset)
        let token = try await running.token(agreement)
        let outcome = try await stream(running, Self.request(agreement), token: token) { batch in
            // In the end longer than any act may wait for its place in the ledger, two minutes; never so far ahead that a batch on its way is late.
            offset.seconds.store(Int(batch.part) * 30, ordering: .relaxed)
            return batch.part < 5
        }
        #expect(outcome.status == nil)
        #expect(outcome.batches.map(\.part) == [0, 1, 2, 3, 4, 5])
        await running.stop()
    }

    @Test func clockThatIsPutBackLengthensNoStream() async throws {
        // More than the caller's window takes, under terms that let a stream run for a second.
        let (made, agreement) = try await prepared(12_000, seconds: 1, level: "field")
        // Ahead, so that a second earlier the agreement is in force as well.
        let offset = ClockOffset()
        offset.seconds.store(10, ordering: .relaxed)
        let running = try await made.restarted(offset: offset)
        let token = try await running.token(agreement)
        let outcome = try await stream(running, Self.request(agreement), token: token) { batch in
            guard batch.part == 0 else { return true }
            offset.seconds.store(9, ordering: .relaxed)
            try await Task.sleep(for: .milliseconds(1_100))
            return true
        }
        #expect(outcome.batches.last?.isLast == false)
        #expect(outcome.status?.code == .resourceExhausted)
        await running.stop()
    }

    @Test func suspensionEndsARunningStreamWithItsReason() async throws {
        // More than the caller's window takes: the stream waits for it.
        let (running, agreement) = try await prepared(12_000, level: "field")
        let token = try await running.token(agreement)
        var stoppedAt: UInt64 = 0
        let outcome = try await stream(running, Self.request(agreement), token: token) { batch in
            guard batch.part == 0 else { return true }
            let change: Concordat_V1_AgreementChange = try await running.call(
                "dwp-oncall", "AgreementService/Suspend",
                Concordat_V1_TransitionRequest.with { $0.agreement = agreement })
            stoppedAt = change.ledgerIndex
            return true
        }
        // What was on its way was recorded before the suspension; nothing was after it.
        let last = try #require(outcome.batches.last)
        #expect(last.receipt.index < stoppedAt)
        #expect(!last.isLast)
        #expect(outcome.status?.code == .aborted)
        #expect(outcome.status?.details.first == .errorInfo(reason: "REVOKED", domain: "concordat.v1", metadata: ["cause": "agreement_suspended"]))
        let denial = try #require(try await running.newestDenial())
        #expect(denial.reason == "agreement_suspended")
        await running.stop()
    }

    /// Takes the first batch of a stream whose window holds no more than a few, does `change`, and takes nothing until the stream has ended or three
    /// seconds have passed, far less than what the transport allows a caller who takes nothing.
    private func ended(
        _ running: RunningBroker, _ agreement: String, by change: () async throws -> Void
    ) async throws -> (outcome: Outcome, hasEnded: Bool, size: UInt64) {
        let core = running.broker.core
        let token = try await running.token(agreement)
        var (hasEnded, size) = (false, UInt64(0))
        let outcome = try await stream(running, Self.request(agreement), token: token) { batch in
            guard batch.part == 0 else { return true }
            // Until the stream waits for its caller: a second without another batch, which takes a hundredth of that, much more where another process
            // redacts on a busy machine.
            var still = 0
            while still < 10 {
                let now = core.ledger.checkpoint.size
                still = now == size ? still + 1 : 0
                size = now
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(core.runningStreams.load(ordering: .relaxed) == 1)
            try await change()
            for _ in 0..<30 where !hasEnded {
                try await Task.sleep(for: .milliseconds(100))
                hasEnded = core.runningStreams.load(ordering: .relaxed) == 0
            }
            return true
        }
        return (outcome, hasEnded, size)
    }

    @Test func timeOfTheTermsEndsAStreamWhoseCallerTakesNothing() async throws {
        let (made, agreement) = try await prepared(12_000, seconds: 60, level: "field")
        let offset = ClockOffset()
        let running = try await made.restarted(offset: offset)
        let (outcome, hasEnded, size) = try await ended(running, agreement) { offset.seconds.store(61, ordering: .relaxed) }
        #expect(hasEnded)
        #expect(outcome.status?.code == .resourceExhausted)
        #expect(try await running.newestDenial()?.reason == "stream_seconds_exceeded")
        // One batch at most was on its way: on a busy machine the stream may have waited for a processor and not for its caller.
        #expect(outcome.batches.count { $0.receipt.index >= size } <= 1 && !outcome.batches.contains(where: \.isLast))
        let entries = try outcome.batches.map { try entry($0) }
        #expect(entries.map(\.part) == outcome.batches.indices.map { UInt32($0) })
        await running.stop()
    }

    @Test func suspensionEndsAStreamWhoseCallerTakesNothing() async throws {
        let (running, agreement) = try await prepared(12_000, level: "field")
        let (outcome, hasEnded, size) = try await ended(running, agreement) {
            let _: Concordat_V1_AgreementChange = try await running.call(
                "dwp-oncall", "AgreementService/Suspend", Concordat_V1_TransitionRequest.with { $0.agreement = agreement })
        }
        #expect(hasEnded)
        #expect(outcome.status?.code == .aborted)
        #expect(outcome.status?.details.first == .errorInfo(reason: "REVOKED", domain: "concordat.v1", metadata: ["cause": "agreement_suspended"]))
        #expect(outcome.batches.count { $0.receipt.index >= size } <= 1 && !outcome.batches.contains(where: \.isLast))
        await running.stop()
    }

    @Test func retirementEndsAStreamWhoseCallerTakesNothing() async throws {
        let (running, agreement) = try await prepared(12_000, level: "field")
        let (outcome, hasEnded, size) = try await ended(running, agreement) {
            let _: Concordat_V1_Principal = try await running.call(
                "dwp-admin", "RegistryService/RetirePrincipal", Concordat_V1_RetirePrincipalRequest.with { $0.id = "leeds-service"; $0.reason = "test" })
        }
        #expect(hasEnded)
        #expect(outcome.status?.code == .aborted)
        #expect(outcome.batches.count { $0.receipt.index >= size } <= 1 && !outcome.batches.contains(where: \.isLast))
        await running.stop()
    }

    @Test func stopOfTheBrokerEndsAStreamWhoseCallerTakesNothing() async throws {
        let (running, agreement) = try await prepared(12_000, level: "field")
        let (outcome, hasEnded, size) = try await ended(running, agreement) { running.broker.core.isStopping.store(true, ordering: .relaxed) }
        #expect(hasEnded)
        #expect(outcome.status?.code == .unavailable)
        #expect(outcome.batches.count { $0.receipt.index >= size } <= 1 && !outcome.batches.contains(where: \.isLast))
        await running.stop()
    }
}
