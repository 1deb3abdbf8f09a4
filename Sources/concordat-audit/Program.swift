import ArgumentParser
import Foundation

/// The entry point: runs a command and turns its end into one of the exit codes of ``Verdict``.
@main
enum Program {
    static func main() {
        AuditOutput.outliveReaders()
        let occupied = AuditOutput.occupyClosedDescriptors()
        let verdict = withExtendedLifetime(occupied) { run(Array(CommandLine.arguments.dropFirst())) }
        exit(verdict.rawValue)
    }

    static func run(_ arguments: [String]) -> Verdict {
        // Also where the command line is wrong: a program that asked for JSON reads the reason there.
        let json = arguments.contains("--json")
        do {
            var command = try AuditCommand.parseAsRoot(arguments)
            try command.run()
            return .verified
        } catch let failure as AuditFailure {
            return told(failure, json: json)
        } catch {
            let text = AuditCommand.fullMessage(for: error)
            guard AuditCommand.exitCode(for: error).isSuccess else { return told(AuditFailure(.usage, text), json: json) }
            return written(text)
        }
    }

    /// Says a failure to people and, where they are to read it, to programs. Without a message it has been told, or nobody is there.
    static func told(_ failure: AuditFailure, json: Bool) -> Verdict {
        guard !failure.message.isEmpty else { return failure.status }
        AuditOutput.complain(failure.message)
        guard json else { return failure.status }
        do throws(AuditFailure) {
            try AuditOutput.line(AuditReport.failed(failure).json)
        } catch {
            // What was found counts more than that it could not be written.
            if error.message != failure.message { AuditOutput.complain(error.message) }
        }
        return failure.status
    }

    /// Help and version.
    private static func written(_ text: String) -> Verdict {
        do throws(AuditFailure) {
            try AuditOutput.line(text)
            return .verified
        } catch {
            return told(error, json: false)
        }
    }
}
