/// Why a command ends without doing what was asked: one sentence or more that say what was wrong and what to do.
struct CommandFault: Error {
    enum Status: Int32 {
        case refused = 1
        case usage = 2
        case unavailable = 3
        /// As a shell calls a program that SIGINT, SIGPIPE or SIGTERM ended.
        case interrupted = 130
        case readerGone = 141
        case terminated = 143
    }

    let message: String
    let status: Status

    static func refused(_ message: String) -> CommandFault { CommandFault(message: message, status: .refused) }
    static func usage(_ message: String) -> CommandFault { CommandFault(message: message, status: .usage) }
    static func unavailable(_ message: String) -> CommandFault { CommandFault(message: message, status: .unavailable) }
}
