import Foundation

/// Ends the program when time runs out: hostile input must not keep an auditor waiting for ever.
enum Watchdog {
    static func start(seconds: Int) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
            AuditOutput.complain("not finished after \(seconds) s: nothing is known. Raise --max-seconds.")
            exit(Verdict.unavailable.rawValue)
        }
    }
}
