import ProtobufWire

/// Why bytes are not an entry, or an entry cannot be written. Names fields by number and never carries a value.
package enum EntryFault: Error, Hashable, Sendable {
    /// The envelope is not canonical protobuf with the fields of `ledger.proto`.
    case envelope(WireFault)
    /// The body of an entry of that kind is not.
    case body(EntryKind, WireFault)
    /// No entry has that number.
    case unknownKind(Int)
    /// The envelope has no body, or two.
    case notOneBody
    /// More bytes than an entry of that kind may have (`EntryLimits`).
    case tooLarge(EntryKind, bytes: Int)
    /// A time before 1970.
    case timeOutOfRange
}

extension EntryFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .envelope(let fault): "the entry is not canonical: \(fault)"
        case .body(let kind, let fault): "the \(kind.name) entry is not canonical: \(fault)"
        case .unknownKind(let number): "there is no kind of entry with number \(number)"
        case .notOneBody: "an entry has exactly one body"
        case .tooLarge(let kind, let bytes): "\(bytes) bytes are more than \(kind.name) entries may have"
        case .timeOutOfRange: "a time lies before 1970"
        }
    }
}
