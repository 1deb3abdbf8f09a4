import Dispatch
import Foundation
import Synchronization

/// SIGINT and SIGTERM while a command has something to finish. Before it has, a signal ends the program at once, as it would without this. The
/// first one then asks the command to stop where nothing is half done; a second ends the program with `lastWords`.
final class StopRequest: Sendable {
    enum Signal: Int32, CaseIterable {
        case interrupt = 2
        case terminate = 15

        var name: String {
            switch self {
            case .interrupt: "SIGINT"
            case .terminate: "SIGTERM"
            }
        }

        /// What a shell calls a program that the signal ended.
        var status: CommandFault.Status {
            switch self {
            case .interrupt: .interrupted
            case .terminate: .terminated
            }
        }

        var fault: CommandFault { CommandFault(message: "stopped by \(name)", status: status) }
    }

    private struct State {
        var asked: Signal?
        var isBegun = false
        /// Ends a wait of the command's.
        var stop: (@Sendable () -> Void)?
        var lastWords = ""
    }

    private let state = Mutex(State())

    /// The signal that has asked to stop.
    var asked: Signal? { state.withLock { $0.asked } }

    /// What the first signal does to a command that has begun.
    func interrupts(_ stop: @escaping @Sendable () -> Void) {
        state.withLock { $0.stop = stop }
    }

    /// From now on there is something to finish.
    func begin() {
        state.withLock { $0.isBegun = true }
    }

    /// What is said when the command is not let finish.
    func remember(lastWords: String) {
        state.withLock { $0.lastWords = lastWords }
    }

    /// Catches the signals for as long as the answer lives.
    func trapped() -> [any DispatchSourceSignal] {
        Signal.allCases.map { signal in
            let source = DispatchSource.makeSignalSource(signal: signal.rawValue, queue: .global())
            source.setEventHandler { self.receive(signal) }
            source.resume()
            return source
        }
    }

    private func receive(_ signal: Signal) {
        let (stop, lastWords): ((@Sendable () -> Void)?, String) = state.withLock { state in
            guard state.isBegun, state.asked == nil, let stop = state.stop else { return (nil, state.lastWords) }
            state.asked = signal
            return (stop, "")
        }
        guard let stop else {
            if !lastWords.isEmpty { StandardStreams.complain("concordat: \(lastWords)\n") }
            exit(signal.status.rawValue)
        }
        stop()
    }
}
