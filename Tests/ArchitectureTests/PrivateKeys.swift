import Foundation

/// Finds private keys by file name and by PEM armour that has a body.
enum PrivateKeys {
    static func hasTelltaleName(_ path: String) -> Bool {
        [".key", ".p12", ".pfx", ".jks", ".p8"].contains { path.lowercased().hasSuffix($0) }
    }

    /// Armour with at least forty base64 characters after it: a parser that names the armour line is not a key.
    static func areIn(_ data: Data) -> Bool {
        var from = data.startIndex
        while let marker = data.range(of: Data("PRIVATE KEY-----".utf8), in: from..<data.endIndex) {
            let before = String(decoding: data[..<marker.lowerBound].suffix(40), as: UTF8.self)
            let body = data[marker.upperBound...].prefix(400).prefix { isBase64($0) || isSeparator($0) }
            if before.contains("-----BEGIN "), body.filter(isBase64).count >= 40 { return true }
            from = marker.upperBound
        }
        return false
    }

    /// White space, or the backslash of a line break inside a string literal.
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) || byte == UInt8(ascii: "\\") }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            return true
        default: return false
        }
    }
}
