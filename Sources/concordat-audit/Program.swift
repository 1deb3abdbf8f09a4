import ArgumentParser
import Foundation

/// The entry point: runs a command and turns its end into one of four exit codes.
@main
enum Program {
    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    static func run(_ arguments: [String]) -> Verdict {
        do {
            var command = try AuditCommand.parseAsRoot(arguments)
            try command.run()
            return .verified
        } catch let failure as AuditFailure {
            if !failure.message.isEmpty { FileHandle.standardError.write(Data((failure.message + "\n").utf8)) }
            return failure.status
        } catch {
            let text = AuditCommand.fullMessage(for: error)
            guard AuditCommand.exitCode(for: error).isSuccess else {
                FileHandle.standardError.write(Data((text + "\n").utf8))
                return .usage
            }
            print(text)
            return .verified
        }
    }
}
