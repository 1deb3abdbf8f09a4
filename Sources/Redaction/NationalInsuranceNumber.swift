/// The letter rules of National Insurance numbers (HMRC NIM39110): two letters, six digits, a suffix A to D.
enum NationalInsuranceNumber {
    /// Letters that may stand first: all but D F I Q U V. Bit 0 is A.
    private static let first = letters("ABCEGHJKLMNOPRSTWXYZ")
    /// Letters that may stand second: the same without O.
    private static let second = letters("ABCEGHJKLMNPRSTWXYZ")
    /// Never allocated, and the administrative prefixes, which obey the letter rules but name no insured person.
    private static let refused: [(UInt8, UInt8)] = [
        "BG", "GB", "KN", "NK", "NT", "TN", "ZZ", "OO", "CR", "FY", "MW", "NC", "GY", "JY",
    ].map { prefix in
        let pair = Array(prefix.utf8)
        return (pair[0], pair[1])
    }

    /// Appends the nine characters, or refuses. `demonstration` admits prefix QQ and nothing else.
    static func canonicalise(_ text: Span<UInt8>, demonstration: Bool, into output: inout [UInt8]) -> Bool {
        let start = output.count
        var count = 0
        for index in text.indices {
            var byte = text[index]
            if byte == UInt8(ascii: " ") { continue }
            if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { byte -= 0x20 }
            // One more than a number has is enough to know that it is too long.
            if count < 10 { output.append(byte) }
            count += 1
        }
        guard count == 9, isValid(output[start...], demonstration: demonstration) else {
            output.removeLast(output.count - start)
            return false
        }
        return true
    }

    private static func isValid(_ number: ArraySlice<UInt8>, demonstration: Bool) -> Bool {
        let start = number.startIndex
        let one = number[start]
        let two = number[start + 1]
        var valid = (UInt8(ascii: "A")...UInt8(ascii: "D")).contains(number[start + 8])
        for offset in 2..<8 { valid = isDecimalDigit(number[start + offset]) && valid }
        if demonstration { return valid && one == UInt8(ascii: "Q") && two == UInt8(ascii: "Q") }
        valid = contains(first, one) && valid
        valid = contains(second, two) && valid
        for pair in refused { valid = !(pair.0 == one && pair.1 == two) && valid }
        return valid
    }

    private static func letters(_ text: String) -> UInt32 {
        text.utf8.reduce(0) { $0 | 1 << UInt32($1 - UInt8(ascii: "A")) }
    }

    private static func contains(_ set: UInt32, _ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && set & (1 << UInt32(byte - UInt8(ascii: "A"))) != 0
    }
}
