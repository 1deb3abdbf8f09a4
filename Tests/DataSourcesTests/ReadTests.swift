import Foundation
import ProtobufWire
import Synchronization
import Testing
import Vocabulary

@testable import DataSources

/// Reading published sources.
@Suite struct ReadTests {
    private let temporary: TemporaryFolder
    private let folder: SourceFolder
    private let layout: SourceLayout

    init() throws {
        temporary = try TemporaryFolder()
        folder = try SourceFolder(path: temporary.path)
        layout = try People.layout()
    }

    private func session(_ records: [[UInt8]]) async throws -> (SourceConnection, String) {
        let published = try await publish(records, layout: layout, in: folder)
        return (try SourceConnection(published.file, layout: layout, folder: folder), published.file)
    }

    @Test func recordIsReadByteForByteAsItWasBroughtIn() async throws {
        let (source, _) = try await session([People.record(1), People.head(2)])
        var page = SourcePage()
        try source.read(SourceQuery(fields: People.fields, limit: 10), into: &page)
        #expect(page.count == 2)
        #expect(page.record(0) == People.record(1))
        #expect(page.record(1) == People.head(2))
        #expect(!page.hasMore)
        #expect(source.rows == 2)
    }

    @Test func onlyTheFieldsAskedForAreInTheRecord() async throws {
        let (source, _) = try await session([People.record(1)])
        var page = SourcePage()
        try source.read(SourceQuery(fields: [10, 2], limit: 1), into: &page)
        #expect(page.record(0) == [0x12, 9] + Array("E08000035".utf8) + [0x50, 0x09])
        try source.read(SourceQuery(fields: [Int](), limit: 1), into: &page)
        #expect(page.count == 1 && page.record(0) == [])
    }

    @Test func keyFindsOneRecordAndAnotherKeyNone() async throws {
        let (source, _) = try await session((1...50).map { People.record($0) })
        var page = SourcePage()
        let key = try SourceCondition(field: "nino", equals: People.nino(37), in: layout)
        try source.read(SourceQuery(fields: [1], conditions: [key], limit: 10), into: &page)
        #expect(page.positions == [37])
        let nobody = try SourceCondition(field: "nino", equals: People.nino(51), in: layout)
        try source.read(SourceQuery(fields: [1], conditions: [nobody], limit: 10), into: &page)
        #expect(page.count == 0 && !page.hasMore)
    }

    @Test func conditionsMustAllHold() async throws {
        let (source, _) = try await session([People.record(1), People.record(2, area: "S12000033")])
        var page = SourcePage()
        let leeds = try SourceCondition(field: "area", equals: "E08000035", in: layout)
        let second = try SourceCondition(field: "nino", equals: People.nino(2), in: layout)
        try source.read(SourceQuery(fields: [1], conditions: [leeds, second], limit: 10), into: &page)
        #expect(page.count == 0)
        let both = try SourceCondition(field: "area", isOneOf: ["S12000033", "E08000035"], in: layout)
        try source.read(SourceQuery(fields: [1], conditions: [both, second], limit: 10), into: &page)
        #expect(page.positions == [2])
    }

    @Test func conditionWithoutValuesReadsNothing() async throws {
        let (source, _) = try await session([People.record(1)])
        var page = SourcePage()
        let none = try SourceCondition(field: "area", isOneOf: [], in: layout)
        try source.read(SourceQuery(fields: [1], conditions: [none], limit: 10), into: &page)
        #expect(page.count == 0)
    }

    @Test func pagesFollowEachOtherWithoutGapOrRepeat() async throws {
        let (source, _) = try await session((1...25).map { People.record($0, area: $0.isMultiple(of: 2) ? "E08000035" : "S12000033") })
        var page = SourcePage()
        let leeds = try SourceCondition(field: "area", equals: "E08000035", in: layout)
        var query = SourceQuery(fields: [1], conditions: [leeds], limit: 5)
        var seen: [UInt64] = []
        var sizes: [Int] = []
        repeat {
            try source.read(query, into: &page)
            seen += page.positions
            sizes.append(page.count)
            query.after = page.reached
        } while page.hasMore
        #expect(seen == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24])
        #expect(sizes == [5, 5, 2])
    }

    /// Two indexes of which each lets half of the rows through, and both together none.
    @Test func searchInVainEndsAfterSoManyStepsAndGoesOnWhereItWas() async throws {
        var limits = SourceLimits()
        limits.maxStepsForPage = 100
        limits.rowsBetweenCounts = 20
        let small = try SourceFolder(path: temporary.path, limits: limits)
        let two = try SourceLayout(root: People.schema(), keyField: "nino", filterFields: ["area", "count"])
        let published = try await publish((1...200).map { $0 <= 100 ? People.head($0) : People.record($0, area: "S12000033") }, layout: two, in: small)
        let source = try SourceConnection(published.file, layout: two, folder: small)
        let leeds = try SourceCondition(field: "area", equals: "E08000035", in: two)
        let nine = try SourceCondition(field: "count", equals: "9", in: two)
        var query = SourceQuery(fields: [1], conditions: [leeds, nine], limit: 10)
        var page = SourcePage()
        var reads = 0
        repeat {
            try source.read(query, into: &page)
            reads += 1
            #expect(page.count == 0 && page.reached > query.after && page.steps < 1_000)
            query.after = page.reached
        } while page.hasMore
        #expect(reads > 1 && page.reached == 200)
        // What is there is found, each once.
        query = SourceQuery(fields: [1], conditions: [try SourceCondition(field: "area", equals: "S12000033", in: two), nine], limit: 10)
        var seen: [UInt64] = []
        repeat {
            try source.read(query, into: &page)
            seen += page.positions
            query.after = page.reached
        } while page.hasMore
        #expect(seen == Array(101...200))
    }

    /// Nothing for long, and then many rows at once that one index lets through and the other does not.
    @Test func rowsThatComeLateCostNoMoreThanOthers() async throws {
        var limits = SourceLimits()
        limits.maxStepsForPage = 1_000
        limits.rowsBetweenCounts = 4
        let small = try SourceFolder(path: temporary.path, limits: limits)
        let two = try SourceLayout(root: People.schema(), keyField: "nino", filterFields: ["area", "count"])
        // 3,000 of Edinburgh, 3,000 of Leeds without a count, 3,000 of Edinburgh with one, and one of Leeds with one: each index has 3,001.
        let records =
            (1...6_000).map { People.head($0, area: $0 <= 3_000 ? "S12000033" : "E08000035") }
            + (6_001...9_000).map { People.record($0, area: "S12000033") } + [People.record(9_001)]
        let published = try await publish(records, layout: two, in: small)
        let source = try SourceConnection(published.file, layout: two, folder: small)
        let conditions = [
            try SourceCondition(field: "area", equals: "E08000035", in: two), try SourceCondition(field: "count", equals: "9", in: two),
        ]
        var query = SourceQuery(fields: [1], conditions: conditions, limit: 10)
        var page = SourcePage()
        var seen: [UInt64] = []
        repeat {
            try source.read(query, into: &page)
            // The bound, and one stride of as many rows as it allows.
            #expect(page.steps <= 3 * limits.maxStepsForPage)
            seen += page.positions
            query.after = page.reached
        } while page.hasMore
        #expect(seen == [9_001])
    }

    @Test func pageEndsAtItsByteLimitAndSaysThatThereIsMore() async throws {
        var limits = SourceLimits()
        limits.maxPageBytes = 100
        let small = try SourceFolder(path: temporary.path, limits: limits)
        let published = try await publish((1...10).map { People.record($0) }, layout: layout, in: small)
        let source = try SourceConnection(published.file, layout: layout, folder: small)
        var page = SourcePage()
        try source.read(SourceQuery(fields: People.fields, limit: 10), into: &page)
        // A record has 62 bytes: the second one passes the limit and is the last.
        #expect(People.record(1).count == 62)
        #expect(page.count == 2 && page.hasMore)
    }

    @Test(arguments: [0, 1_001]) func pageSizeOutsideItsBoundsIsRefused(_ limit: Int) async throws {
        let (source, _) = try await session([People.record(1)])
        var page = SourcePage()
        #expect(throws: SourceFault.tooLarge(what: "records of a page, or fewer than 1", limit: 1_000)) {
            try source.read(SourceQuery(fields: [1], limit: limit), into: &page)
        }
    }

    @Test func fieldThatTheRecordDoesNotHaveIsRefused() async throws {
        let (source, _) = try await session([People.record(1)])
        var page = SourcePage()
        #expect(throws: SourceFault.condition(field: "12", fault: "the record has no field of this number")) {
            try source.read(SourceQuery(fields: [12], limit: 1), into: &page)
        }
    }

    @Test func conditionOnAFieldThatIsNoFilterIsRefused() {
        let fault = SourceFault.condition(
            field: "balance", fault: "it is neither the key nor a filter field of the dataset; use one that `describe` lists")
        #expect(throws: fault) { try SourceCondition(field: "balance", equals: "1", in: layout) }
    }

    @Test(arguments: ["", "01", "+1", "1.0", "18446744073709551616", "-1", "x"]) func numberInAConditionHasOneSpelling(_ text: String) throws {
        let numbers = try People.layout(key: "count", filters: [])
        #expect(throws: SourceFault.condition(field: "count", fault: "it is a uint64; write decimal digits within its range")) {
            try SourceCondition(field: "count", equals: text, in: numbers)
        }
    }

    @Test func largestUnsignedNumberIsFound() async throws {
        let numbers = try People.layout(key: "count", filters: [])
        let record: [UInt8] = [0x50] + [UInt8](repeating: 0xff, count: 9) + [0x01]
        let published = try await publish([record], layout: numbers, in: folder)
        let source = try SourceConnection(published.file, layout: numbers, folder: folder)
        var page = SourcePage()
        let key = try SourceCondition(field: "count", equals: "18446744073709551615", in: numbers)
        try source.read(SourceQuery(fields: [10], conditions: [key], limit: 1), into: &page)
        #expect(page.count == 1 && page.record(0) == record)
    }

    @Test func textThatLooksLikeSQLIsAValue() async throws {
        let (source, _) = try await session([People.record(1)])
        var page = SourcePage()
        let key = try SourceCondition(field: "nino", equals: "' OR 1=1 --", in: layout)
        try source.read(SourceQuery(fields: [1], conditions: [key], limit: 10), into: &page)
        #expect(page.count == 0)
    }

    @Test func fileOfAnotherSchemaIsRefused() async throws {
        let (_, file) = try await session([People.record(1)])
        let other = try People.layout(filters: [])
        #expect(throws: SourceFault.mismatch(file: file, reason: "its columns are not those of the dataset's schema")) {
            try SourceConnection(file, layout: other, folder: folder)
        }
    }

    @Test(arguments: ["../x.sqlite", "", "x", "uc.people@9-00.sqlite"]) func fileThatIsNotThereIsRefused(_ name: String) {
        #expect(throws: SourceFault.self) { try SourceConnection(name, layout: layout, folder: folder) }
    }

    @Test func readerAnswersFromItsOwnThread() async throws {
        let published = try await publish((1...10).map { People.record($0) }, layout: layout, in: folder)
        let reader = SourceReader(folder: folder)
        let key = try SourceCondition(field: "nino", equals: People.nino(3), in: layout)
        let query = SourceQuery(fields: [1, 2], conditions: [key], limit: 1)
        let layout = layout
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask { (try? await reader.read(query, of: published.file, layout: layout, for: SourceClient(principal: 1)).count) ?? -1 }
            }
            for await count in group { #expect(count == 1) }
        }
        reader.close()
        await #expect(throws: SourceFault.closed) { try await reader.read(query, of: published.file, layout: layout, for: SourceClient(principal: 1)) }
    }

    /// Its thread alone: the others of the process go on as they were.
    @Test func patientReaderLeavesItsProcessorToOthers() async throws {
        let own = Self.niceness
        for (isPatient, expected) in [(true, max(10, own)), (false, own)] {
            let reader = SourceReader(folder: folder, isPatient: isPatient)
            #expect(try await reader.run(for: SourceClient(principal: 1)) { _ in Self.niceness } == expected)
            reader.close()
        }
        #expect(Self.niceness == own)
    }

    /// Of the calling thread.
    private static var niceness: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    @Test func readerRefusesWhatPassesItsMailbox() {
        let worker = WorkerThread<Batches>(name: "test", capacity: 2, share: 2, makeState: { Batches() }) { for answer in $0 { answer() } }
        let gate = DispatchSemaphore(value: 0)
        let started = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
        let faults = Mutex<[SourceFault]>([])
        let first: WorkerThread<Batches>.Work = { _ in
            started.signal()
            gate.wait()
            return {}
        }
        worker.send([(SourceClient(principal: 1), first)])
        started.wait()
        for _ in 0..<3 {
            let piece: WorkerThread<Batches>.Work = { state in
                if case .failure(let fault) = state { faults.withLock { $0.append(fault) } }
                return { done.signal() }
            }
            worker.send([(SourceClient(principal: 1), piece)])
        }
        #expect(faults.withLock { $0 } == [.busy])
        gate.signal()
        for _ in 0..<3 { done.wait() }
        #expect(faults.withLock { $0 } == [.busy])
    }

    @Test func answersAreDeliveredTogether() async throws {
        let batches = Batches()
        let reader = SourceReader(folder: folder) { answers in
            batches.add(answers.count)
            for answer in answers { answer() }
        }
        let gate = DispatchSemaphore(value: 0)
        let started = Mutex(false)
        async let blocked: Void = reader.run(for: SourceClient(principal: 1)) { _ in
            started.withLock { $0 = true }
            gate.wait()
        }
        // Awaited, not waited for: the tests share a few threads.
        while !started.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { try? await reader.run(for: SourceClient(principal: 1)) { _ in } } }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(200))
                gate.signal()
            }
        }
        try await blocked
        #expect(batches.counts == [1, 10])
    }
}

/// How many answers came with each delivery.
final class Batches: Sendable {
    private let list = Mutex<[Int]>([])
    func add(_ count: Int) { list.withLock { $0.append(count) } }
    var counts: [Int] { list.withLock { $0 } }
}
