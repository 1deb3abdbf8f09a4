import Synchronization

/// The bytes of requests that all connections of a server hold together, as far as they are charged here: see `HeldRequests`.
final class RequestMemory: Sendable {
    private let limit: Int
    private let charged = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// False, and nothing is charged, where the sum would be over the limit.
    func charge(_ bytes: Int) -> Bool {
        guard charged.add(bytes, ordering: .relaxed).newValue > limit else { return true }
        charged.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Gives back what has been charged.
    func release(_ bytes: Int) {
        charged.subtract(bytes, ordering: .relaxed)
    }

    var chargedBytes: Int { charged.load(ordering: .relaxed) }
}

/// The bytes of requests that one connection holds: received and not yet read, of unfinished messages, and with handlers that have not returned.
///
/// The first `step` bytes are the connection's own and free, so that short calls cost no atomic operation and go on when others have used up
/// what all share. What is over them is charged to the server in whole steps, and given back when two of them are too many.
struct HeldRequests {
    private let step: Int
    private(set) var bytes = 0
    private var charged = 0

    init(step: Int) {
        self.step = max(step, 1)
    }

    /// Adds `change`. False where it is above zero and the server has no room: the bytes are counted nevertheless until the caller takes them
    /// away again.
    mutating func add(_ change: Int, to memory: RequestMemory) -> Bool {
        bytes += change
        let over = bytes - step
        if change > 0, over > charged {
            let more = Self.steps(over - charged, of: step)
            guard memory.charge(more) else { return false }
            charged += more
        } else if charged - over >= 2 * step, charged > 0 {
            let less = charged - Self.steps(max(over, 0), of: step)
            memory.release(less)
            charged -= less
        }
        return true
    }

    private static func steps(_ bytes: Int, of step: Int) -> Int {
        (bytes + step - 1) / step * step
    }
}
