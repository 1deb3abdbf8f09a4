import Cryptography
import Vocabulary

/// A token's `jti`: a UUID of version 7 (RFC 9562 §5.7), printed in lower case.
package struct TokenID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Parses the 36 characters of a UUID in lower case; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        for (index, byte) in bytes.enumerated() {
            let isHyphen = index == 8 || index == 13 || index == 18 || index == 23
            guard isHyphen ? byte == UInt8(ascii: "-") : TokenID.isHexDigit(byte) else { return nil }
        }
        self.text = text
    }

    /// A fresh one from the moment and 10 random bytes.
    package init(at moment: Timestamp, random: [UInt8]) {
        precondition(random.count == 10 && moment.microseconds >= 0, "a token id takes 10 random bytes and a time after 1970")
        let milliseconds = UInt64(moment.microseconds / 1_000)
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * $0)) } + random
        bytes[6] = bytes[6] & 0x0f | 0x70
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = Array(Hex.encode(bytes))
        text = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }.joined(separator: "-")
    }

    /// What stands for the token in the ledger: SHA-256 of the text.
    package var digest: Digest { Digest.sha256(Array(text.utf8)) }

    package var description: String { text }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
