import AuditTrail
import Synchronization
import Vocabulary

/// Holds floods of refusals down to one DENIAL entry a second for each principal and reason: the first is written at once, the rest of that
/// second are counted and written as one entry when it is over.
package final class DenialJournal: Sendable {
    private struct Key: Hashable {
        let principal: PrincipalNumber
        let reason: String
        let method: String
    }

    private struct Window {
        var second: Int64
        /// What the next entry stands for; nil while there is nothing to write.
        var waiting: DenialEntry?
    }

    /// Principals and reasons watched at once. Reasons are ours and few, so this is reached by very many principals only.
    static let maxWindows = 16_384

    private let windows = Mutex<[Key: Window]>([:])

    package init() {}

    /// The entry to write now, or nil where this refusal was added to a count.
    func admit(_ entry: DenialEntry, at now: Timestamp) -> DenialEntry? {
        windows.withLock { windows in
            let key = Key(principal: entry.principal, reason: entry.reason, method: entry.method)
            guard var window = windows[key], window.second == now.seconds else {
                // What still waited from an earlier second goes with this one.
                var first = entry
                first.count += windows[key]?.waiting?.count ?? 0
                if windows.count < DenialJournal.maxWindows || windows[key] != nil {
                    windows[key] = Window(second: now.seconds, waiting: nil)
                }
                return first
            }
            var waiting = entry
            waiting.count += window.waiting?.count ?? 0
            window.waiting = waiting
            windows[key] = window
            return nil
        }
    }

    /// The counted refusals of seconds that are over. Called every second, and once at the stop with `all`.
    func due(at now: Timestamp, all: Bool = false) -> [DenialEntry] {
        windows.withLock { windows in
            var due: [DenialEntry] = []
            for (key, window) in windows where all || window.second < now.seconds {
                if let waiting = window.waiting { due.append(waiting) }
                windows[key] = nil
            }
            return due
        }
    }
}
