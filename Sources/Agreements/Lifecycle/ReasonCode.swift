/// Why a step was taken: every transition has one, and the ledger keeps it.
package struct ReasonCode: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil unless the text is 1 to 64 of `A-Z`, `0-9` and `_`.
    package init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(ReasonCode.admits) else { return nil }
        self.text = text
    }

    init(known: String) {
        text = known
    }

    package var description: String { text }

    private static func admits(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
