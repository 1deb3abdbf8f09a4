/// The two forms of an ECDSA signature on P-256: the 64 bytes r ‖ s of RFC 7518 §3.4, which travel, and DER, which libcrypto wants.
enum ES256Signature {
    static let byteCount = 64

    /// The order of P-256's group, big-endian (SEC 2 §2.4.2).
    static let order: [UInt8] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ]

    /// Nil unless there are 64 bytes with r and s in [1, n-1].
    static func toDER(_ raw: [UInt8]) -> [UInt8]? {
        guard raw.count == byteCount else { return nil }
        let r = raw[..<32], s = raw[32...]
        guard isInRange(r), isInRange(s) else { return nil }
        let content = integer(r) + integer(s)
        return [0x30, UInt8(content.count)] + content
    }

    /// Nil unless `der` is exactly the minimal encoding of two integers in [1, n-1].
    static func fromDER(_ der: [UInt8]) -> [UInt8]? {
        guard der.count >= 8, der.count <= 72, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
        var offset = 2
        var raw: [UInt8] = []
        for _ in 0..<2 {
            guard offset + 2 <= der.count, der[offset] == 0x02 else { return nil }
            let length = Int(der[offset + 1])
            let start = offset + 2
            guard length >= 1, length <= 33, start + length <= der.count else { return nil }
            let digits = der[start..<start + length].drop { $0 == 0 }
            guard digits.count <= 32 else { return nil }
            raw += [UInt8](repeating: 0, count: 32 - digits.count) + digits
            offset = start + length
        }
        // Encoding it again refuses non-minimal integers, numbers out of range and trailing bytes at once.
        return toDER(raw) == der ? raw : nil
    }

    private static func isInRange(_ number: ArraySlice<UInt8>) -> Bool {
        number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
    }

    private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(number.drop { $0 == 0 })
        if let first = digits.first, first >= 0x80 { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }
}
