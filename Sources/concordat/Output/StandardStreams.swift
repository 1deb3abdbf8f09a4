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

    /// Descriptors that the caller has closed are opened on something that keeps nothing, so that no file of a home gets their numbers and is
    /// written to. Answers the handles, which must live as long as the program.
    static func occupyClosedDescriptors() -> [FileHandle] {
        // The lowest free number is given first. An answer that is nowhere is told; log lines that nobody wants are not.
        (0...2).filter { fcntl(Int32($0), F_GETFD) == -1 }.compactMap { number in
            number == 0 ? FileHandle(forReadingAtPath: "/dev/null") : FileHandle(forWritingAtPath: number == 1 ? "/dev/full" : "/dev/null")
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
