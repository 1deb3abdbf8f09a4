/// An IPv4 network in CIDR form, such as `10.20.0.0/16`. Bits after the prefix are zero, so that a network has one spelling.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    package let address: UInt32
    /// 0 to 32.
    package let prefix: Int

    /// Nil unless the text is four decimal numbers without leading zeros, `/`, and a prefix, with no bit set after the prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPNetwork.address(parts[0]), let prefix = IPNetwork.number(parts[1], max: 32) else { return nil }
        guard address & ~IPNetwork.mask(Int(prefix)) == 0 else { return nil }
        self.address = address
        self.prefix = Int(prefix)
    }

    /// The address of `a.b.c.d`, or of an IPv4-mapped IPv6 address `::ffff:a.b.c.d`; nil for anything else.
    package static func address(_ text: some StringProtocol) -> UInt32? {
        let mapped = "::ffff:"
        let plain = text.lowercased().hasPrefix(mapped) ? String(text.dropFirst(mapped.count)) : String(text)
        let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let value = number(part, max: 255) else { return nil }
            address = address << 8 | value
        }
        return address
    }

    package func contains(_ address: UInt32) -> Bool {
        address & IPNetwork.mask(prefix) == self.address
    }

    package func contains(_ other: IPNetwork) -> Bool {
        other.prefix >= prefix && contains(other.address)
    }

    package var description: String {
        let parts = [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xff) }
        return parts.joined(separator: ".") + "/\(prefix)"
    }

    private static func mask(_ prefix: Int) -> UInt32 {
        prefix == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefix)
    }

    private static func number(_ text: Substring, max: UInt32) -> UInt32? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || text.utf8.first != UInt8(ascii: "0"), let value = UInt32(text), value <= max
        else { return nil }
        return value
    }
}
