import AuditTrail
import Cryptography
import Foundation
import SQLiteStorage
import Storage
import Testing
import TransparencyLog
import Vocabulary

@testable import Ledger

private enum Refusal: Error, Hashable, Sendable {
    case staleEpoch
    case quota(QuotaDimension)
}

@Suite struct SequencerTests {
    private let log: TestLog
    private let store: SQLiteStore

    init() throws {
        log = try TestLog()
        store = try log.create()
    }

    private func receipt(_ answer: ActAnswer<Void, Never>) -> Receipt {
        switch answer { case .recorded(_, let receipts): receipts[0] }
    }

    @Test func everyReceiptOfManySubmittersVerifiesAndEveryIndexIsGivenOnce() async throws {
        let sequencer = try log.start(store)
        let count = 1_500
        let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
            for number in 0..<count { group.addTask { try await sequencer.record(try draft(number)) } }
            return try await group.reduce(into: [Receipt]()) { $0.append($1) }
        }
        await sequencer.stop()
        #expect(receipts.map(\.index.value).sorted() == (0..<UInt64(count)).map { $0 })
        for receipt in receipts {
            let verified = try receipt.proof.verify(entry: receipt.entry, trust: log.identity.trust)
            #expect(verified.checkpoint.size > receipt.index.value)
        }
        let entries = try log.verifiedEntries()
        #expect(entries.count == count)
        for receipt in receipts { #expect(entries[Int(receipt.index.value)] == receipt.entry) }
    }

    @Test func aReceiptReadsBackFromItsTextForm() async throws {
        let sequencer = try log.start(store)
        for number in 0..<5 { _ = try await sequencer.record(try draft(number)) }
        let receipt = try await sequencer.record(try draft(5))
        await sequencer.stop()
        let proof = try TLogProof(receipt.proof.bytes)
        #expect(proof.index == 5)
        #expect(try proof.verify(entry: receipt.entry, trust: log.identity.trust).checkpoint.size == 6)
    }

    @Test func sequencingTimesNeverGoBack() async throws {
        let sequencer = try log.start(store)
        _ = try await sequencer.record(try draft(0))
        log.clock.advance(seconds: -30)
        _ = try await sequencer.record(try draft(1))
        log.clock.advance(seconds: 60)
        _ = try await sequencer.record(try draft(2))
        await sequencer.stop()
        let times = try log.verifiedEntries().map { try LedgerEntry(canonical: $0).sequenced }
        #expect(times[1] == times[0])
        #expect(times[2] > times[1])
    }

    /// ledger-entries.md: `sequenced` is at most 120 s after `arrived`.
    @Test func anActThatWaitedLongerThanAnEntryMaySayIsRefusedAndLeavesNothing() async throws {
        let sequencer = try log.start(store)
        let before = sequencer.epochs.epoch(of: .broker)
        let bump: ActAnswer<Void, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
            _ = try transaction.bump(.broker)
            return .record([TestLog.draft(arrived: moment.sequenced.advanced(seconds: -120))], ())
        }
        #expect(receipt(bump).index == LedgerIndex(0))
        await #expect(throws: LedgerFault.late) {
            let _: ActAnswer<Void, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
                _ = try transaction.bump(.broker)
                return .record([TestLog.draft(arrived: moment.sequenced.advanced(seconds: -120).advanced(microseconds: -1))], ())
            }
        }
        #expect(sequencer.epochs.epoch(of: .broker) == before + 1)
        await sequencer.stop()
        #expect(try log.verifiedEntries().count == 1)
    }

    @Test func actsAreRefusedWhileTheClockStandsFarBehind() async throws {
        let sequencer = try log.start(store)
        _ = try await sequencer.record(try draft(0))
        log.clock.advance(seconds: -3_600)
        await #expect(throws: LedgerFault.suspended("the clock stands more than 60 s behind the newest entry; set it right")) {
            try await sequencer.record(try draft(1))
        }
        log.clock.advance(seconds: 3_600)
        #expect(try await sequencer.record(try draft(1)).index == LedgerIndex(1))
        #expect(await sequencer.stop() == .stopped)
    }

    @Test func aRefusedActLeavesNothingBehindAndHindersNobody() async throws {
        let sequencer = try log.start(store)
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let answer: ActAnswer<Void, Refusal> = try await sequencer.submit { transaction, moment throws(StorageFault) in
                        _ = try transaction.bump(.client(PrincipalNumber(UInt32(number))))
                        guard number.isMultiple(of: 2), let draft = try? draft(number) else { return .refuse(.staleEpoch) }
                        return .record([draft], ())
                    }
                    switch answer {
                    case .recorded: return true
                    case .refused(let refusal):
                        #expect(refusal == .staleEpoch)
                        return false
                    }
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        await sequencer.stop()
        #expect(answers.filter { $0 }.count == 100)
        #expect(try log.verifiedEntries().count == 100)
        let epochs = try store.transaction { transaction throws(StorageFault) in try transaction.epochs() }
        for number in 0..<200 {
            let expected: UInt64 = number.isMultiple(of: 2) ? 1 : 0
            #expect(epochs.epoch(of: .client(PrincipalNumber(UInt32(number)))) == expected)
            #expect(sequencer.epochs.epoch(of: .client(PrincipalNumber(UInt32(number)))) == expected)
        }
    }

    @Test func aConflictConcernsItsActAlone() async throws {
        let sequencer = try log.start(store)
        let exchange = try #require(ExchangeID([UInt8](repeating: 3, count: 16)))
        let outcomes = await withTaskGroup(of: Result<Receipt, LedgerFault>.self) { group in
            for number in 0..<50 {
                group.addTask {
                    do throws(LedgerFault) {
                        let answer: ActAnswer<Void, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
                            // Every tenth takes the same part.
                            let part = UInt32(number.isMultiple(of: 10) ? 0 : number)
                            try transaction.record(exchange, part: part, at: moment.first)
                            return .record([try! draft(number)], ())
                        }
                        return .success(self.receipt(answer))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        await sequencer.stop()
        let failures = outcomes.compactMap { outcome in if case .failure(let fault) = outcome { fault } else { nil } }
        #expect(failures == [LedgerFault](repeating: .act(.conflict("UNIQUE constraint failed: exchange.id, exchange.part")), count: 4))
        #expect(try log.verifiedEntries().count == 46)
    }

    @Test func aQuotaIsExactUnderAThousandParallelActs() async throws {
        let sequencer = try log.start(store)
        let agreement = try #require(AgreementID("ISA-2026-0042"))
        let meter = QuotaMeter.day(agreement, PrincipalNumber(5), try #require(CalendarDate("2026-11-23")))
        let limits = QuotaAmount(rows: 1_234, bytes: .max, calls: .max)
        let charged = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in 0..<1_000 {
                let rows = UInt64(number % 5 + 1)
                group.addTask {
                    let answer: ActAnswer<Void, Refusal> = try await sequencer.submit { transaction, _ throws(StorageFault) in
                        switch try transaction.charge(QuotaAmount(rows: rows, bytes: 1, calls: 1), to: meter, within: limits) {
                        case .charged: return .record([try! draft(number)], ())
                        case .exceeded(let dimension): return .refuse(.quota(dimension))
                        }
                    }
                    switch answer {
                    case .recorded: return rows
                    case .refused(let refusal):
                        #expect(refusal == .quota(.rows))
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        await sequencer.stop()
        let used = try store.transaction { transaction throws(StorageFault) in try transaction.used(meter) }
        #expect(used.rows == charged)
        // 1,000 charges of 1 to 5 rows ask for 3,000: the limit is met exactly, because charges of one row remain to fill it.
        #expect(charged == 1_234)
        #expect(UInt64(try log.verifiedEntries().count) == used.calls)
    }

    @Test func aRequestIdIsTakenOnceHoweverManyAsk() async throws {
        let sequencer = try log.start(store)
        let recorded = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    do throws(LedgerFault) {
                        let _: ActAnswer<Void, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
                            try transaction.remember(
                                RememberedRequest(
                                    client: PrincipalNumber(1), requestID: [1], bodyDigest: .zero, entry: moment.first,
                                    until: moment.sequenced.advanced(seconds: 600)),
                                at: moment.sequenced)
                            return .record([try! draft(number)], ())
                        }
                        return true
                    } catch {
                        #expect(error == .act(.conflict("request.client, request.id")))
                        return false
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        await sequencer.stop()
        #expect(recorded.filter { $0 }.count == 1)
        #expect(try log.verifiedEntries().count == 1)
    }

    @Test func aBumpedEpochIsInForceWhenItsActIsAnswered() async throws {
        let sequencer = try log.start(store)
        let agreement = try #require(AgreementID("ISA-2026-0042"))
        for expected in 1...20 as ClosedRange<UInt64> {
            let answer: ActAnswer<UInt64, Never> = try await sequencer.submit { transaction, _ throws(StorageFault) in
                .record([try! draft(Int(expected))], try transaction.bump(.agreement(agreement)))
            }
            switch answer { case .recorded(let epoch, _): #expect(epoch == expected) }
            let now = sequencer.epochs(agreement: agreement, organisation: OrganisationNumber(1), client: PrincipalNumber(1))
            #expect(now == Epochs(agreement: expected, organisation: 0, client: 0, broker: 0))
        }
        await sequencer.stop()
    }

    @Test func anActSeesTheEpochsOfEarlierActsInItsOwnTransaction() async throws {
        let sequencer = try log.start(store)
        // Suspensions and exchanges race: no exchange is ever recorded under an epoch that an earlier entry has ended.
        let seen = try await withThrowingTaskGroup(of: (index: UInt64, epoch: UInt64).self) { group in
            for number in 0..<400 {
                group.addTask {
                    let answer: ActAnswer<UInt64, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
                        if number.isMultiple(of: 7) { return .record([try! draft(number)], try transaction.bump(.broker)) }
                        return .record([try! draft(number)], moment.epochs.epoch(of: .broker))
                    }
                    switch answer { case .recorded(let epoch, let receipts): return (receipts[0].index.value, epoch) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        await sequencer.stop()
        let inOrder = seen.sorted { $0.index < $1.index }.map(\.epoch)
        #expect(inOrder == inOrder.sorted())
        #expect(inOrder.last == 58)
    }

    @Test func aDeniedTokenIsDeniedWhenItsActIsAnswered() async throws {
        let sequencer = try log.start(store)
        let token = Digest.sha256([1])
        let expiry = log.clock.now.advanced(seconds: 300)
        #expect(!sequencer.epochs.isDenied(token))
        let _: ActAnswer<Bool, Never> = try await sequencer.submit { transaction, _ throws(StorageFault) in
            .record([try! draft(1)], try transaction.deny(token, until: expiry))
        }
        #expect(sequencer.epochs.isDenied(token))
        await sequencer.stop()
        let again = try log.start(store)
        #expect(again.epochs.isDenied(token))
        await again.stop()
    }

    @Test func moreActsThanMayWaitArePushedBack() async throws {
        var limits = LedgerLimits()
        limits.maxWaitingActs = 2
        let sequencer = try log.start(store, limits: limits)
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        sequencer.submit({ _, _ throws(StorageFault) -> ActOutcome<Void, Never> in
            entered.signal()
            gate.wait()
            return .record([], ())
        }, answer: { _ in })
        await withCheckedContinuation { continuation in
            Thread {
                entered.wait()
                continuation.resume()
            }.start()
        }
        // The thread is busy: two may wait, the third may not.
        let third = await withCheckedContinuation { continuation in
            for number in 0..<3 {
                sequencer.submit({ _, _ throws(StorageFault) -> ActOutcome<Void, Never> in .record([], ()) }) { result in
                    if number == 2 { continuation.resume(returning: result) }
                }
            }
        }
        switch third {
        case .success: Issue.record("the third act was taken")
        case .failure(let fault): #expect(fault == .overloaded)
        }
        gate.signal()
        await sequencer.stop()
    }

    @Test func anActAfterTheStopIsRefused() async throws {
        let sequencer = try log.start(store)
        #expect(await sequencer.stop() == .stopped)
        await #expect(throws: LedgerFault.stopped) { try await sequencer.record(try draft(0)) }
        #expect(sequencer.state == .stopped)
    }

    @Test func heartbeatsMarkTheStartTheRunAndTheStop() async throws {
        var limits = LedgerLimits()
        limits.heartbeatInterval = .milliseconds(20)
        let run = [UInt8](repeating: 0xab, count: 16)
        let settings = Digest.sha256([1])
        let sequencer = try log.start(store, heartbeat: Heartbeat(run: run, version: "0.1.0", settingsDigest: settings), limits: limits)
        try await Task.sleep(for: .milliseconds(200))
        await sequencer.stop()
        let entries = try log.verifiedEntries().map { try LedgerEntry(canonical: $0).body }
        #expect(entries.first == .heartbeat(HeartbeatEntry(act: .start, run: run, version: "0.1.0", settingsDigest: settings)))
        #expect(entries.last == .heartbeat(HeartbeatEntry(act: .stop, run: run)))
        let alive = entries.dropFirst().dropLast()
        #expect(alive.count >= 2)
        #expect(alive.allSatisfy { $0 == .heartbeat(HeartbeatEntry(act: .alive, run: run)) })
    }

    /// Entries outside a run would be a finding of the auditor's: a run that cannot record its start takes no act.
    @Test func nothingIsTakenBeforeTheStartIsRecorded() async throws {
        let earlier = try log.start(store)
        _ = try await earlier.record(try draft(0))
        await earlier.stop()
        log.clock.advance(seconds: -3_600)
        let run = [UInt8](repeating: 0xab, count: 16)
        let sequencer = try log.start(store, heartbeat: Heartbeat(run: run, version: "0.1.0", settingsDigest: nil))
        await #expect(throws: LedgerFault.self) { try await sequencer.record(try draft(1)) }
        log.clock.advance(seconds: 3_600)
        #expect(try await sequencer.record(try draft(1)).index == LedgerIndex(2))
        await sequencer.stop()
        let entries = try log.verifiedEntries().map { try LedgerEntry(canonical: $0).body }
        #expect(entries.count == 4)
        #expect(entries[1] == .heartbeat(HeartbeatEntry(act: .start, run: run, version: "0.1.0")))
        #expect(entries[3] == .heartbeat(HeartbeatEntry(act: .stop, run: run)))
    }

    /// A stream that began before its token's end may run for a day, as long as terms let one, and its last batch take its place 120 s later: until
    /// then the token's denial is kept, and not for ever.
    @Test func aDenialOutlivesItsTokenByTheLongestStream() async throws {
        var limits = LedgerLimits()
        limits.heartbeatInterval = .milliseconds(10)
        let run = [UInt8](repeating: 0xab, count: 16)
        let sequencer = try log.start(store, heartbeat: Heartbeat(run: run, version: "0.1.0", settingsDigest: nil), limits: limits)
        let token = Digest.sha256([9])
        let denied: ActAnswer<Timestamp, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
            let expiry = moment.sequenced.advanced(seconds: 1)
            _ = try transaction.deny(token, until: expiry)
            return .record([], expiry)
        }
        guard case .recorded = denied else { return }
        log.clock.advance(seconds: 86_400 + 120)
        try await beats(3, sequencer)
        #expect(sequencer.isDenied(token))
        log.clock.advance(seconds: 3)
        try await beats(3, sequencer)
        #expect(!sequencer.isDenied(token))
        await sequencer.stop()
    }

    /// Returns when that many more heartbeats are in the log.
    private func beats(_ count: UInt64, _ sequencer: Sequencer) async throws {
        let size = sequencer.checkpoint.size
        for _ in 0..<1_000 where sequencer.checkpoint.size < size + count { try await Task.sleep(for: .milliseconds(10)) }
        #expect(sequencer.checkpoint.size >= size + count)
    }

    @Test func theNewestCheckpointIsWrittenDownSoonAfterTheLastAct() async throws {
        let sequencer = try log.start(store)
        _ = try await sequencer.record(try draft(0))
        _ = try await sequencer.record(try draft(1))
        let snapshot = try SQLiteSnapshot(log.home)
        var size: UInt64?
        for _ in 0..<200 where size != 2 {
            try await Task.sleep(for: .milliseconds(10))
            size = try snapshot.read { reading throws(StorageFault) in try reading.checkpoint()?.size }
        }
        #expect(size == 2)
        await sequencer.stop()
    }

    @Test func anActMayRecordNothingOrMany() async throws {
        let sequencer = try log.start(store)
        let none: ActAnswer<Int, Never> = try await sequencer.submit { _, _ in .record([], 5) }
        switch none { case .recorded(let value, let receipts): #expect(value == 5 && receipts.isEmpty) }
        let drafts = try (0..<3).map { try draft($0) }
        let many: ActAnswer<LedgerIndex, Never> = try await sequencer.submit { _, moment in .record(drafts, moment.first) }
        switch many {
        case .recorded(let first, let receipts):
            #expect(first == LedgerIndex(0))
            #expect(receipts.map(\.index.value) == [0, 1, 2])
        }
        await sequencer.stop()
    }
}
