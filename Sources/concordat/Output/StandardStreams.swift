import Foundation

/// Writing to whoever reads this program's output, who may have stopped reading.
enum StandardStreams {
    /// Ends the program where the text cannot be written: quietly where the reader has gone, as programs in a pipe do.
    static func write(_ text: String) {
        do throws(CommandFault) {
            try attempt(text)
        } catch {
            if !error.message.isEmpty { complain("concordat: \(error.message)\n") }
            exit(error.status.rawValue)
        }
    }

    /// For a command that has more to say then. A fault without a message is a reader that has gone.
    static func attempt(_ text: String) throws(CommandFault) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Foundation.Data(text.utf8))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            if cause.code == Int(EPIPE) { throw CommandFault(message: "", status: .readerGone) }
            throw CommandFault.refused("the output could not be written; what was asked for may have been done")
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
