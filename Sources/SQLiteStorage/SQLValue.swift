import Cryptography
import Vocabulary

/// A value bound to a statement.
enum SQLValue {
    case null
    case int(Int64)
    case text(String)
    case blob([UInt8])
    case digest(Digest)

    /// Numbers are stored signed. The caller has made sure of the bound, or the number is a counter that never reaches it.
    static func uint(_ value: UInt64) -> SQLValue {
        precondition(value <= UInt64(Int64.max), "a number does not fit a signed 64-bit column")
        return .int(Int64(value))
    }
    static func uint(_ value: UInt32) -> SQLValue { .int(Int64(value)) }
    static func byte(_ value: UInt8) -> SQLValue { .int(Int64(value)) }
    static func bool(_ value: Bool) -> SQLValue { .int(value ? 1 : 0) }
    static func time(_ value: Timestamp) -> SQLValue { .int(value.microseconds) }
    static func entry(_ value: LedgerIndex) -> SQLValue { .uint(value.value) }
    /// An index to look for, as a request may name any: above what a column can hold there is no entry.
    static func sought(_ value: LedgerIndex) -> SQLValue { .int(Int64(exactly: value.value) ?? -1) }
    static func entry(_ value: LedgerIndex?) -> SQLValue { value.map { .uint($0.value) } ?? .null }
}
