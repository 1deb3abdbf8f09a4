import Foundation

/// What the program says, to readers that may have gone or may be full: a verdict that nobody could read is no success.
enum AuditOutput {
    /// Writes a report or an answer to standard output, with a line end.
    static func line(_ text: String) throws(AuditFailure) { try write(Array((text + "\n").utf8)) }

    static func write(_ bytes: [UInt8]) throws(AuditFailure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            if cause.code == Int(EPIPE) { throw AuditFailure(.readerGone, "") }
            throw AuditFailure(.unavailable, "standard output could not be written, so that the answer is nowhere. Run the command again with another output.")
        }
    }

    /// For remarks and failures. Where nobody reads them the exit code tells.
    static func complain(_ text: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            _ = error  // There is nowhere left to say it, and the exit code tells.
        }
    }

    /// A reader that stops reading is answered by `write`, and ends no program that has a verdict still to give.
    static func outliveReaders() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Descriptors that the caller has closed are opened on something that takes nothing, so that no file of the log gets their numbers and is
    /// written to. Answers the handles, which must live as long as the program.
    static func occupyClosedDescriptors() -> [FileHandle] {
        // The lowest free number is given first.
        (0...2).filter { fcntl(Int32($0), F_GETFD) == -1 }.compactMap { number in
            number == 0 ? FileHandle(forReadingAtPath: "/dev/null") : FileHandle(forWritingAtPath: "/dev/full")
        }
    }
}
