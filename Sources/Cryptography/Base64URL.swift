/// Base64 with the URL alphabet and no padding (RFC 4648 §5, RFC 7515 §2), canonical only.
package enum Base64URL {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: encodeUTF8(bytes), as: UTF8.self)
    }

    /// The text as ASCII bytes.
    package static func encodeUTF8(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Base64Alphabet.url.encode(Array(bytes), padded: false)
    }

    /// Nil for any padding, a character outside the alphabet, an impossible length, or trailing bits that are not zero.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(utf8: Array(text.utf8))
    }

    package static func decode(utf8 text: [UInt8]) -> [UInt8]? {
        Base64Alphabet.url.decode(text[...])
    }

    package static func decode(utf8 text: ArraySlice<UInt8>) -> [UInt8]? {
        Base64Alphabet.url.decode(text)
    }
}
