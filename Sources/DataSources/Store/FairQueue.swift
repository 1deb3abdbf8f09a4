/// Waiting pieces of work of several clients, taken in turns, so that one client's backlog holds up its own work alone.
///
/// Bounded as a whole, and for each client by a share of the whole. The order of one client's pieces is kept.
struct FairQueue<Element> {
    private struct Lane {
        let client: UInt64
        var waiting: [Element]
        var head = 0
        var count: Int { waiting.count - head }
    }

    private let capacity: Int
    private let share: Int
    /// Clients with something waiting, in the order of their turns: few at most times.
    private var lanes: [Lane] = []
    private var turn = 0
    private(set) var count = 0

    /// At most `capacity` wait, of one client at most `share`.
    init(capacity: Int, share: Int) {
        self.capacity = capacity
        self.share = share
    }

    var isEmpty: Bool { count == 0 }

    /// False, and nothing is queued, where there is no room.
    mutating func add(_ element: Element, of client: UInt64) -> Bool {
        guard count < capacity else { return false }
        if let index = lanes.firstIndex(where: { $0.client == client }) {
            guard lanes[index].count < share else { return false }
            lanes[index].waiting.append(element)
        } else {
            guard share > 0 else { return false }
            lanes.append(Lane(client: client, waiting: [element]))
        }
        count += 1
        return true
    }

    /// Removes and returns at most `most`, one of each client in turn.
    mutating func take(_ most: Int) -> [Element] {
        var taken: [Element] = []
        taken.reserveCapacity(min(most, count))
        while taken.count < most, count > 0 {
            if turn >= lanes.count { turn = 0 }
            taken.append(lanes[turn].waiting[lanes[turn].head])
            lanes[turn].head += 1
            count -= 1
            if lanes[turn].count == 0 {
                // The next lane moves up to this turn.
                lanes.remove(at: turn)
            } else {
                // What has been taken is let go of before it is most of the list.
                if lanes[turn].head >= 64, lanes[turn].head * 2 > lanes[turn].waiting.count {
                    lanes[turn].waiting.removeFirst(lanes[turn].head)
                    lanes[turn].head = 0
                }
                turn += 1
            }
        }
        return taken
    }
}
