import Foundation

/// Ends the program when time runs out: hostile input must not keep an auditor waiting for ever.
enum Watchdog {
    static func start(seconds: Int, json: Bool) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
            let failure = AuditFailure(.unavailable, "not finished after \(seconds) s: nothing is known. Raise --max-seconds.")
            exit(Program.told(failure, json: json).rawValue)
        }
    }
}
