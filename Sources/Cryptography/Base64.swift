/// Base64 with the standard alphabet and padding (RFC 4648 §4), canonical only: each byte string has exactly one text.
package enum Base64 {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: Base64Alphabet.standard.encode(Array(bytes), padded: true), as: UTF8.self)
    }

    /// Appends the text of a digest, 44 characters.
    package static func append(_ digest: Digest, to text: inout [UInt8]) {
        digest.withSpan { Base64Alphabet.standard.append($0, padded: true, to: &text) }
    }

    /// Nil for a character outside the alphabet (line ends and spaces too), missing or extra padding, or padding bits that are not zero.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(utf8: Array(text.utf8))
    }

    package static func decode(utf8 text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var end = text.count
        while end > 0 && text.count - end < 2 && text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        return Base64Alphabet.standard.decode(text[..<end])
    }
}
