import Cryptography
import ProtobufWire
import Vocabulary

/// What every body of an entry can do: write its own fields in order, and read them back strictly.
protocol EntryMessage: Sendable, Equatable {
    func write(to writer: inout WireWriter)
    init(reading bytes: ArraySlice<UInt8>) throws(WireFault)
    /// Throws where the bytes that were written would not read back as this value.
    func requireReadable(_ written: [UInt8]) throws(WireFault)
}

extension EntryMessage {
    func requireReadable(_ written: [UInt8]) throws(WireFault) {
        guard try Self(reading: written[...]) == self else { throw .notCanonical }
    }
}

extension WireWriter {
    mutating func thumbprint(_ field: Int, _ value: Thumbprint?) {
        digest(field, value?.digest)
    }

    /// Times before 1970 are refused when an entry is made (`EntryFault.timeOutOfRange`), so the conversion cannot trap there.
    mutating func time(_ field: Int, _ value: Timestamp?) {
        if let value { varint(field, UInt64(max(0, value.microseconds))) }
    }

    mutating func entry(_ field: Int, _ value: LedgerIndex?) {
        if let value { varint(field, value.value) }
    }

    mutating func epochs(_ field: Int, _ value: Epochs?) {
        guard let value else { return }
        message(field) { inner in
            inner.varint(1, value.agreement)
            inner.varint(2, value.organisation)
            inner.varint(3, value.client)
            inner.varint(4, value.broker)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Its 32 bytes; nil where there are more or fewer.
    fileprivate func digest() -> Digest? { Digest(span) }
}

extension CanonicalField {
    func digest() throws(WireFault) -> Digest {
        let bytes = try message()
        guard let value = bytes.digest() else { throw .outOfRange(field: number) }
        return value
    }

    func thumbprint() throws(WireFault) -> Thumbprint {
        Thumbprint(try digest())
    }

    /// Exactly `count` bytes.
    func bytes(count: Int) throws(WireFault) -> [UInt8] {
        let value = try bytes()
        guard value.count == count else { throw .outOfRange(field: number) }
        return value
    }

    /// At most `limit` bytes.
    func bytes(upTo limit: Int) throws(WireFault) -> [UInt8] {
        let value = try bytes()
        guard value.count <= limit else { throw .tooLarge }
        return value
    }

    /// A code or a name: printable ASCII, so that a report can show it as it stands.
    func name(upTo limit: Int = EntryLimits.maxCodeBytes) throws(WireFault) -> String {
        let value = try string()
        guard value.utf8.count <= limit else { throw .tooLarge }
        guard value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .outOfRange(field: number) }
        return value
    }

    func time() throws(WireFault) -> Timestamp {
        guard let value = Int64(exactly: try varint()) else { throw .outOfRange(field: number) }
        return Timestamp(microseconds: value)
    }

    func entry() throws(WireFault) -> LedgerIndex {
        LedgerIndex(try varint())
    }

    func organisation() throws(WireFault) -> OrganisationNumber {
        OrganisationNumber(try uint32())
    }

    func principal() throws(WireFault) -> PrincipalNumber {
        PrincipalNumber(try uint32())
    }

    func exchangeID() throws(WireFault) -> ExchangeID {
        guard let value = ExchangeID(try bytes()) else { throw .outOfRange(field: number) }
        return value
    }

    /// A member of an enumeration whose zero is never written.
    func member<Member: RawRepresentable>(_ type: Member.Type = Member.self) throws(WireFault) -> Member where Member.RawValue == UInt32 {
        guard let value = Member(rawValue: try uint32()) else { throw .outOfRange(field: number) }
        return value
    }

    func epochs() throws(WireFault) -> Epochs {
        var value = Epochs(agreement: 0, organisation: 0, client: 0, broker: 0)
        var reader = CanonicalReader(try message())
        while let field = try reader.next() {
            switch field.number {
            case 1: value.agreement = try field.varint()
            case 2: value.organisation = try field.varint()
            case 3: value.client = try field.varint()
            case 4: value.broker = try field.varint()
            default: throw .unknownField(field.number)
            }
        }
        return value
    }
}

/// The value of a field that must be present.
func required<Value>(_ value: Value?, _ field: Int) throws(WireFault) -> Value {
    guard let value else { throw .missing(field: field) }
    return value
}
