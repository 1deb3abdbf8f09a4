import Synchronization
import Vocabulary

/// How many watches are open, so that nobody takes them all.
final class OpenWatches: Sendable {
    private struct State {
        var total = 0
        var byPrincipal: [PrincipalNumber: Int] = [:]
    }

    private let state = Mutex(State())
    private let perPrincipal: Int
    private let total: Int

    init(perPrincipal: Int, total: Int) {
        self.perPrincipal = perPrincipal
        self.total = total
    }

    /// Counts one more. False, and nothing is counted, where there are as many as may be.
    func open(by principal: PrincipalNumber) -> Bool {
        state.withLock { state in
            guard state.total < total, state.byPrincipal[principal, default: 0] < perPrincipal else { return false }
            state.total += 1
            state.byPrincipal[principal, default: 0] += 1
            return true
        }
    }

    func close(by principal: PrincipalNumber) {
        state.withLock { state in
            state.total -= 1
            let left = state.byPrincipal[principal, default: 1] - 1
            state.byPrincipal[principal] = left > 0 ? left : nil
        }
    }

    var count: Int { state.withLock { $0.total } }
}
