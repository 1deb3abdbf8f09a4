/// The closed set of ledger entries. The raw value is the entry's number in `ledger.proto`; numbers are never reused.
package enum EntryKind: UInt8, CaseIterable, Hashable, Sendable {
    case exchange = 3
    case denial = 4
    case attempt = 5
    case acknowledgement = 6
    case token = 7
    case agreement = 8
    case registry = 9
    case key = 10
    case erasure = 11
    case finding = 12
    case oversight = 13
    case succession = 14
    case heartbeat = 15

    /// The name in reports, such as `EXCHANGE`.
    package var name: String {
        switch self {
        case .exchange: "EXCHANGE"
        case .denial: "DENIAL"
        case .attempt: "ATTEMPT"
        case .acknowledgement: "ACK"
        case .token: "TOKEN"
        case .agreement: "AGREEMENT"
        case .registry: "REGISTRY"
        case .key: "KEY"
        case .erasure: "ERASURE"
        case .finding: "FINDING"
        case .oversight: "OVERSIGHT"
        case .succession: "SUCCESSION"
        case .heartbeat: "HEARTBEAT"
        }
    }
}
