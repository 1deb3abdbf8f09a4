/// An organisation's registry number: what the ledger calls it. 0 is nobody.
package struct OrganisationNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: UInt32
    package init(_ value: UInt32) { self.value = value }
    package var description: String { String(value) }
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// A principal's registry number (service, officer, auditor, administrator), drawn at random so that it names nobody. 0 is nobody.
package struct PrincipalNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: UInt32
    package init(_ value: UInt32) { self.value = value }
    package var description: String { String(value) }
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// The number of an entry in the ledger, from 0.
package struct LedgerIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: UInt64
    package init(_ value: UInt64) { self.value = value }
    package var description: String { String(value) }
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// An agreement's version, from 1, at most nine digits (the scope grammar's `version`).
package struct AgreementVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: UInt32
    /// Nil for 0 and for more than nine digits.
    package init?(_ value: UInt32) {
        guard (1...999_999_999).contains(value) else { return nil }
        self.value = value
    }
    /// Decimal without a leading zero.
    package init?(_ text: String) {
        guard text.utf8.first != UInt8(ascii: "0"), let number = decimal(Array(text.utf8)[...]), let small = UInt32(exactly: number) else {
            return nil
        }
        self.init(small)
    }
    package static let first = AgreementVersion(one: ())
    private init(one: ()) { value = 1 }
    package var description: String { String(value) }
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// The 16 random bytes that name one exchange, drawn by the broker. Printed as 32 lower-case hexadecimal digits.
package struct ExchangeID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    /// Nil unless there are exactly 16 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }
    package var description: String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

/// The four counters that make revocation cheap: a token carries those it was issued under, and any change since kills it.
package struct Epochs: Hashable, Sendable {
    package var agreement: UInt64
    package var organisation: UInt64
    package var client: UInt64
    package var broker: UInt64
    package init(agreement: UInt64, organisation: UInt64, client: UInt64, broker: UInt64) {
        self.agreement = agreement
        self.organisation = organisation
        self.client = client
        self.broker = broker
    }
}

/// What an exchange does with a dataset. The numbers are the ledger's and are never reused.
package enum Operation: UInt32, Hashable, CaseIterable, Sendable {
    case query = 1
    case stream = 2
    case match = 3

    package init?(name: String) {
        guard let found = Operation.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package var name: String {
        switch self {
        case .query: "query"
        case .stream: "stream"
        case .match: "match"
        }
    }
}
