import Synchronization

/// Bytes that several connections hold together, as far as they are charged here: see `HeldBytes`.
final class SharedBytes: Sendable {
    private let limit: Int
    /// What these bytes are a part of.
    private let whole: SharedBytes?
    /// What else is charged with these bytes.
    private let other: SharedBytes?
    private let charged = Atomic<Int>(0)

    init(limit: Int, partOf whole: SharedBytes? = nil, andOf other: SharedBytes? = nil) {
        self.limit = limit
        self.whole = whole
        self.other = other
    }

    /// False, and nothing is charged, where the sum would be over the limit, here or in what it is a part of.
    func charge(_ bytes: Int) -> Bool {
        guard charged.add(bytes, ordering: .relaxed).newValue <= limit, whole?.charge(bytes) ?? true else {
            charged.subtract(bytes, ordering: .relaxed)
            return false
        }
        guard other?.charge(bytes) ?? true else {
            charged.subtract(bytes, ordering: .relaxed)
            whole?.release(bytes)
            return false
        }
        return true
    }

    /// Gives back what has been charged.
    func release(_ bytes: Int) {
        charged.subtract(bytes, ordering: .relaxed)
        whole?.release(bytes)
        other?.release(bytes)
    }

    /// More than half of the limit is charged.
    var isHalfFull: Bool { chargedBytes > limit / 2 }

    var isWholeHalfFull: Bool { whole?.isHalfFull ?? false }

    var chargedBytes: Int { charged.load(ordering: .relaxed) }
}

/// The bytes of one kind that one connection holds: of requests, those received and not yet read, of unfinished messages, and with handlers that
/// have not returned; of answers, those that the peer has not taken.
///
/// The first `step` bytes are the connection's own and free, so that short calls cost no atomic operation and go on when others have used up
/// what all share. What is over them is charged in whole steps, and given back when two of them are too many.
struct HeldBytes {
    private let step: Int
    private(set) var bytes = 0
    private var charged = 0

    init(step: Int) {
        self.step = max(step, 1)
    }

    /// Adds `change`. False where it is above zero and there is no room: the bytes are counted nevertheless until the caller takes them away
    /// again.
    mutating func add(_ change: Int, to shared: @autoclosure () -> SharedBytes) -> Bool {
        bytes += change
        let over = bytes - step
        if change > 0, over > charged {
            let more = Self.steps(over - charged, of: step)
            guard shared().charge(more) else { return false }
            charged += more
        } else if charged - over >= 2 * step, charged > 0 {
            let less = charged - Self.steps(max(over, 0), of: step)
            shared().release(less)
            charged -= less
        }
        return true
    }

    private static func steps(_ bytes: Int, of step: Int) -> Int {
        (bytes + step - 1) / step * step
    }
}
