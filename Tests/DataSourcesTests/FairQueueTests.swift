import Testing

@testable import DataSources

@Suite struct FairQueueTests {
    @Test func clientsTakeTurnsAndKeepTheirOrder() {
        var queue = FairQueue<String>(capacity: 100, share: 100)
        func add(_ piece: String, of client: UInt64) -> Bool { queue.add(piece, of: client) }
        func take(_ most: Int) -> [String] { queue.take(most) }
        for number in 0..<5 { #expect(add("a\(number)", of: 1)) }
        #expect(add("b0", of: 2))
        #expect(add("c0", of: 3))
        #expect(add("c1", of: 3))
        #expect(take(4) == ["a0", "b0", "c0", "a1"])
        // Whoever comes late waits for one piece of each of the others, not for their backlog.
        #expect(add("d0", of: 4))
        #expect(take(100) == ["c1", "d0", "a2", "a3", "a4"])
        #expect(queue.isEmpty)
        #expect(take(1).isEmpty)
    }

    @Test func noClientHasMoreThanItsShareAndAllNoMoreThanTheWhole() {
        var queue = FairQueue<Int>(capacity: 5, share: 3)
        func add(_ piece: Int, of client: UInt64) -> Bool { queue.add(piece, of: client) }
        func take(_ most: Int) -> [Int] { queue.take(most) }
        #expect((0..<4).map { add($0, of: 1) } == [true, true, true, false])
        #expect((0..<3).map { add($0, of: 2) } == [true, true, false])
        #expect(queue.count == 5)
        #expect(take(1) == [0])
        #expect(add(7, of: 2))
        #expect(!add(8, of: 1))
    }

    /// Against a plain model: a list for each client, taken in turns.
    @Test func longRunsLoseAndDoubleNothing() {
        var queue = FairQueue<Int>(capacity: 10_000, share: 10_000)
        func add(_ piece: Int, of client: UInt64) -> Bool { queue.add(piece, of: client) }
        var next: [UInt64: Int] = [:]
        var seen: [UInt64: Int] = [:]
        var state: UInt64 = 20_261_126
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var waiting = 0
        for _ in 0..<20_000 {
            if random(5) < 3 {
                let client = random(4)
                let number = next[client, default: 0]
                #expect(add(Int(client) << 32 | number, of: client))
                next[client] = number + 1
                waiting += 1
            } else {
                for piece in queue.take(Int(random(5))) {
                    let client = UInt64(piece >> 32)
                    #expect(piece & 0xFFFF_FFFF == seen[client, default: 0])
                    seen[client, default: 0] += 1
                    waiting -= 1
                }
            }
            #expect(queue.count == waiting)
        }
        for piece in queue.take(.max) { seen[UInt64(piece >> 32), default: 0] += 1 }
        #expect(seen == next)
    }
}
