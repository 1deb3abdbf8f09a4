import Ledger
import Storage

extension BrokerCore {
    /// Looks at once, and again whenever the ledger has grown, with a pause between two looks. Ends by a throw alone: the caller has gone, its
    /// registration has ended, or the broker stops.
    /// - Parameter look: is told whether anything in registry, catalogue, agreements or tokens has changed since the last look; at the first it has.
    func watch(_ call: Call, _ look: (Bool) async throws(CallFault) -> Void) async throws(CallFault) {
        let principal = call.caller.principal.number
        guard watches.open(by: principal) else { throw .busy(reason: "watches_open", stage: .request) }
        defer { watches.close(by: principal) }
        call.notes.begin()
        var seen: (size: UInt64, generation: UInt64)?
        while true {
            let (size, generation) = (ledger.checkpoint.size, ledger.generation)
            let hasChanged = generation != seen?.generation
            if hasChanged { try await requireStanding(of: call) }
            guard clock.now() < call.caller.certificate.notAfter else { throw .watchEnded(reason: IdentityRefusal.certificateExpired.rawValue) }
            try await look(hasChanged)
            seen = (size, generation)
            await ledger.grown(from: size)
            guard !call.isAbandoned() else { throw .abandoned }
            guard !isStopping.load(ordering: .relaxed), ledger.state == .running else { throw .unavailable(part: "the broker is stopping") }
            // Of different lengths: one growth wakes all watches, and they must not go on all together, at each pause's end, before whoever comes then.
            let shortest = configuration.limits.watchPauseMilliseconds
            do { try await Task.sleep(for: .milliseconds(Int.random(in: shortest...2 * shortest))) } catch { throw .abandoned }
        }
    }

    /// Whoever watches must still be registered: a call is checked when it comes, and a watch is one call.
    private func requireStanding(of call: Call) async throws(CallFault) {
        let caller: Caller
        do throws(CallFault) {
            caller = try await self.caller(call.caller.certificate.thumbprint)
        } catch {
            guard case .unauthenticated(let reason) = error else { throw error }
            throw .watchEnded(reason: reason)
        }
        if let refusal = caller.refusal(at: clock.now()) { throw .watchEnded(reason: refusal.rawValue) }
    }
}
