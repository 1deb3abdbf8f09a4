/// Why a broker cannot be made, opened or started. Every case says what to do about it; none carries a secret.
package enum BrokerFault: Error, Hashable, Sendable {
    /// A key of the configuration file is unknown, missing or has a value that is not allowed.
    case configuration(file: String, key: String, reason: String)
    /// A file or folder of the home is missing, unreadable or in the way.
    case home(path: String, reason: String)
    /// `init` made files of a home and could not finish.
    case unfinished(path: String, reason: String)
    /// Another process serves this home.
    case locked(path: String)
    /// A safety setting was read back and is not what the broker relies on.
    case setting(name: String, expected: String, found: String)
    /// A file of the home that holds keys cannot be used.
    case key(path: String, reason: String)
    /// A part of the broker refused to start.
    case start(part: String, reason: String)
    /// A document (terms, labels) cannot be read. Line and column from 1; 0 where they are not known.
    case document(file: String, line: Int, column: Int = 0, reason: String)
}

extension BrokerFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .configuration(let file, let key, let reason): "\(file): \(key): \(reason)"
        case .home(let path, let reason): "\(path): \(reason)"
        case .unfinished(let path, let reason):
            "\(reason). What was made so far is in \(path), and is no home yet: move it away before you run `concordat init` again"
        case .locked(let path):
            "\(path): another process serves this home; stop it first, or use a command that goes through the running broker"
        case .setting(let name, let expected, let found):
            "the setting \(name) is \(found) and must be \(expected); the broker does not serve without it"
        case .key(let path, let reason): "\(path): \(reason)"
        case .start(let part, let reason): "\(part) did not start: \(reason)"
        case .document(let file, let line, let column, let reason):
            ([file] + [line, column].filter { $0 > 0 }.map(String.init)).joined(separator: ":") + ": " + reason
        }
    }
}
