import ArgumentParser
import Foundation

/// The entry point: runs a command and turns its end into one of four exit codes.
@main
enum Program {
    static func main() {
        let occupied = AuditOutput.occupyClosedDescriptors()
        let verdict = withExtendedLifetime(occupied) { run(Array(CommandLine.arguments.dropFirst())) }
        exit(verdict.rawValue)
    }

    static func run(_ arguments: [String]) -> Verdict {
        do {
            var command = try AuditCommand.parseAsRoot(arguments)
            try command.run()
            return .verified
        } catch let failure as AuditFailure {
            if !failure.message.isEmpty { AuditOutput.complain(failure.message) }
            return failure.status
        } catch {
            let text = AuditCommand.fullMessage(for: error)
            guard AuditCommand.exitCode(for: error).isSuccess else {
                AuditOutput.complain(text)
                return .usage
            }
            return written(text)
        }
    }

    /// Help and version.
    private static func written(_ text: String) -> Verdict {
        do throws(AuditFailure) {
            try AuditOutput.line(text)
            return .verified
        } catch {
            AuditOutput.complain(error.message)
            return error.status
        }
    }
}
