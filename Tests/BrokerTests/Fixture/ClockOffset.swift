import Synchronization
import Vocabulary

@testable import Broker

/// Seconds by which a broker's clock is ahead of the machine's.
final class ClockOffset: Sendable {
    let seconds = Atomic(0)
}

extension RunningBroker {
    /// The same home under a broker with that clock, or with other limits.
    func restarted(offset: ClockOffset = ClockOffset(), changing: (inout BrokerLimits) -> Void = { _ in }) async throws -> RunningBroker {
        await stop()
        var configuration = try ConfigurationFile.read(path: home.configuration)
        changing(&configuration.limits)
        let broker = try await RunningBroker.start(
            home, configuration,
            clock: BrokerClock { BrokerClock.system.now().advanced(seconds: Int64(offset.seconds.load(ordering: .relaxed))) })
        return RunningBroker(self, broker: broker)
    }
}
