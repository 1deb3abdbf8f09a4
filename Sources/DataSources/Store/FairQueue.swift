/// Waiting pieces of work of several clients, taken in turns, so that one client's backlog holds up its own work alone.
///
/// Bounded as a whole, and for each client by a share of the whole. The order of one client's pieces is kept.
struct FairQueue<Element> {
    enum Admission: Sendable { case queued, full, shareIsFull }

    private struct Lane {
        let client: SourceClient
        /// Nil where it has been taken.
        var waiting: [Element?]
        var head = 0
        var count: Int { waiting.count - head }

        mutating func take() -> Element? {
            let taken = waiting[head].take()
            head += 1
            if head >= 64, head * 2 > waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
            return taken
        }
    }

    private let capacity: Int
    private let share: Int
    /// From `front` on: clients with something waiting, in the order of their turns. Few at most times.
    private var lanes: [Lane] = []
    private var front = 0
    private(set) var count = 0

    /// At most `capacity` wait, of one client at most `share`.
    init(capacity: Int, share: Int) {
        self.capacity = capacity
        self.share = share
    }

    var isEmpty: Bool { count == 0 }

    /// Nothing is queued where there is no room.
    mutating func add(_ element: Element, of client: SourceClient) -> Admission {
        guard count < capacity else { return .full }
        if let index = lanes[front...].firstIndex(where: { $0.client == client }) {
            guard lanes[index].count < share else { return .shareIsFull }
            lanes[index].waiting.append(element)
        } else {
            guard share > 0 else { return .shareIsFull }
            // Behind all who wait already: whoever comes later and more often passes nobody.
            lanes.append(Lane(client: client, waiting: [element]))
        }
        count += 1
        return .queued
    }

    /// Removes and returns one of the client whose turn it is, who then goes behind the others; nil where nothing waits.
    mutating func take() -> Element? {
        guard front < lanes.count else { return nil }
        var lane = Lane(client: lanes[front].client, waiting: [])
        swap(&lane, &lanes[front])
        front += 1
        let element = lane.take()
        count -= 1
        if lane.count > 0 { lanes.append(lane) }
        if front == lanes.count || front >= 64 {
            lanes.removeFirst(front)
            front = 0
        }
        return element
    }
}
