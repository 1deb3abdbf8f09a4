import Foundation

/// Writing to whoever reads this program's output, who may have stopped reading.
enum StandardStreams {
    /// Ends the program where the text cannot be written: quietly where the reader has gone, as programs in a pipe do.
    static func write(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Foundation.Data(text.utf8))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            let isGone = cause.code == Int(EPIPE)
            if !isGone { complain("concordat: the output could not be written; what was asked for may have been done\n") }
            exit(isGone ? 141 : CommandFault.Status.refused.rawValue)
        }
    }

    /// For remarks and errors.
    static func complain(_ text: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Foundation.Data(text.utf8))
        } catch {
            _ = error  // There is nowhere left to say it, and the exit code tells.
        }
    }
}
