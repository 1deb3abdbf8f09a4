import Dispatch
import Synchronization
import Testing

@testable import DataSources

@Suite struct FairQueueTests {
    /// A queue whose pieces say whose they are.
    private struct Pieces {
        var queue: FairQueue<String>

        init(capacity: Int = 10_000, share: Int = 10_000) {
            queue = FairQueue(capacity: capacity, share: share)
        }

        mutating func add(_ piece: String, of client: UInt32) -> FairQueue<String>.Admission {
            queue.add(piece, of: SourceClient(principal: client))
        }

        mutating func take(_ most: Int) -> [String] {
            var taken: [String] = []
            while taken.count < most, let next = queue.take() { taken.append(next) }
            return taken
        }
    }

    @Test func clientsTakeTurnsAndKeepTheirOrder() {
        var pieces = Pieces()
        for number in 0..<5 { _ = pieces.add("a\(number)", of: 1) }
        _ = pieces.add("b0", of: 2)
        _ = pieces.add("c0", of: 3)
        _ = pieces.add("c1", of: 3)
        var taken = pieces.take(4)
        #expect(taken == ["a0", "b0", "c0", "a1"])
        // Whoever comes late waits for one piece of each of the others, not for their backlog.
        _ = pieces.add("d0", of: 4)
        taken = pieces.take(100)
        #expect(taken == ["c1", "a2", "d0", "a3", "a4"])
        #expect(pieces.queue.isEmpty)
        taken = pieces.take(1)
        #expect(taken.isEmpty)
    }

    /// Forty clients ask again as soon as they are answered; one has a backlog, and still is served once in each round.
    @Test func aBacklogIsServedWhileOthersKeepComing() {
        var pieces = Pieces()
        for number in 0..<100 { _ = pieces.add("1 \(number)", of: 1) }
        for client in UInt32(2)...41 { _ = pieces.add("\(client) x", of: client) }
        var served: [UInt32: Int] = [:]
        for _ in 0..<41 {
            for piece in pieces.take(16) {
                guard let client = UInt32(piece.prefix { $0 != " " }) else { continue }
                served[client, default: 0] += 1
                if client != 1 { _ = pieces.add("\(client) x", of: client) }
            }
        }
        // 41 times 16 pieces are 16 rounds of the 41 clients. Who has a backlog is in the queue again at once, the others after the take.
        #expect(served[1, default: 0] >= 16)
        #expect(served.count == 41 && served.values.allSatisfy { $0 >= 15 })
    }

    @Test func noClientHasMoreThanItsShareAndAllNoMoreThanTheWhole() {
        var pieces = Pieces(capacity: 5, share: 3)
        var admissions: [FairQueue<String>.Admission] = []
        for _ in 0..<4 { admissions.append(pieces.add("a", of: 1)) }
        for _ in 0..<3 { admissions.append(pieces.add("b", of: 2)) }
        #expect(admissions == [.queued, .queued, .queued, .shareIsFull, .queued, .queued, .full])
        #expect(pieces.take(1) == ["a"])
        admissions = [pieces.add("b", of: 2), pieces.add("a", of: 1)]
        #expect(admissions == [.queued, .full])
    }

    /// Against a plain model: a list of clients in the order of their turns, and a list for each of them.
    @Test func longRunsTakeInTurns() {
        var pieces = Pieces()
        var order: [UInt32] = []
        var waiting: [UInt32: [String]] = [:]
        var state: UInt64 = 20_261_126
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        for number in 0..<20_000 {
            if random(5) < 3 {
                let client = UInt32(random(6))
                _ = pieces.add("\(number)", of: client)
                if waiting[client, default: []].isEmpty { order.append(client) }
                waiting[client, default: []].append("\(number)")
            } else {
                var expected: [String] = []
                for _ in 0..<random(5) where !order.isEmpty {
                    let client = order.removeFirst()
                    expected.append(waiting[client, default: [""]].removeFirst())
                    if waiting[client]?.isEmpty == false { order.append(client) }
                }
                let taken = pieces.take(expected.count)
                #expect(taken == expected)
            }
        }
    }

    /// What a busy client is told differs from what everybody is told when the reader is busy.
    @Test func aClientPastItsShareIsToldSo() {
        let worker = WorkerThread<Batches>(name: "test", capacity: 3, share: 1, makeState: { Batches() }) { for answer in $0 { answer() } }
        let gate = Gate()
        let first: WorkerThread<Batches>.Work = { _ in
            gate.pass()
            return {}
        }
        worker.send([(SourceClient(principal: 9), first)])
        gate.awaitPass()
        let faults = Faults()
        for client: UInt32 in [1, 1, 2, 3, 4] {
            let piece: WorkerThread<Batches>.Work = { state in
                if case .failure(let fault) = state { faults.add(fault) }
                return {}
            }
            worker.send([(SourceClient(principal: client), piece)])
        }
        #expect(faults.all == [.busyForClient, .busy])
        // Three wait behind the one that runs.
        #expect(worker.waiting == 3)
        gate.open()
    }
}

/// Holds a thread until the test opens it.
private final class Gate: Sendable {
    private let passed = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    func pass() {
        passed.signal()
        opened.wait()
    }

    func awaitPass() { passed.wait() }
    func open() { opened.signal() }
}

private final class Faults: Sendable {
    private let list = Mutex<[SourceFault]>([])
    func add(_ fault: SourceFault) { list.withLock { $0.append(fault) } }
    var all: [SourceFault] { list.withLock { $0 } }
}
