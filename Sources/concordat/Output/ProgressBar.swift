import Foundation

/// One line on a terminal that says how far a long command is; silent where standard error is not a terminal.
struct ProgressBar {
    private let label: String
    private let shown: Bool
    private let started = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var knowsTotal = true

    init(_ label: String, quiet: Bool) {
        self.label = label
        shown = !quiet && isatty(FileHandle.standardError.fileDescriptor) == 1
    }

    /// `fraction` from 0 to 1. Redraws at most ten times a second.
    mutating func advance(to fraction: Double, rows: Int) {
        let now = ContinuousClock.now
        guard shown, last.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
        last = now
        draw(fraction, rows)
    }

    /// The same where nobody knows how much there is.
    mutating func advance(rows: Int) {
        knowsTotal = false
        advance(to: 0, rows: rows)
    }

    func finish(rows: Int) {
        guard shown else { return }
        draw(1, rows)
        StandardStreams.complain("\n")
    }

    private func draw(_ fraction: Double, _ rows: Int) {
        let width = 30
        let done = Int(min(max(fraction, 0), 1) * Double(width))
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let rate = seconds > 0.2 ? "\(Int(Double(rows) / seconds)) rows/s" : ""
        let bar = knowsTotal ? " [" + String(repeating: "#", count: done) + String(repeating: ".", count: width - done) + "]" : ""
        StandardStreams.complain("\r\(label)\(bar) \(rows) rows \(rate)   ")
    }
}
