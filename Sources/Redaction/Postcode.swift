/// A UK postcode after normalisation: upper case, one space (BS 7666).
struct Postcode {
    /// How much of it to show.
    enum Level: String, Hashable, CaseIterable, Sendable {
        /// `LS`
        case area
        /// `LS1`
        case district
        /// `LS1 4`
        case sector
        /// `LS1 4AP`
        case unit
    }

    private var outward: [UInt8] = []
    private var inward: [UInt8] = []

    /// Nil unless the text is a postcode, in either case, with spaces anywhere or nowhere. ASCII only.
    init?(_ text: Span<UInt8>) {
        guard text.count <= 16 else { return nil }
        var compact: [UInt8] = []
        compact.reserveCapacity(8)
        for index in text.indices {
            var byte = text[index]
            if byte == UInt8(ascii: " ") { continue }
            if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { byte -= 0x20 }
            compact.append(byte)
        }
        guard (5...7).contains(compact.count) else { return nil }
        outward = Array(compact.dropLast(3))
        inward = Array(compact.suffix(3))
        guard isDecimalDigit(inward[0]), Self.inwardLetters.contains(inward[1]), Self.inwardLetters.contains(inward[2]) else { return nil }
        guard hasValidOutward else { return nil }
    }

    private static let inwardLetters = Set("ABDEFGHJLNPQRSTUWXYZ".utf8)
    private static let firstLetters = Set("ABCDEFGHIJKLMNOPRSTUWYZ".utf8)
    private static let secondLetters = Set("ABCDEFGHKLMNOPQRSTUVWXY".utf8)
    private static let thirdLetters = Set("ABCDEFGHJKPSTUW".utf8)
    private static let fourthLetters = Set("ABEHMNPRVWXY".utf8)

    /// A9 A99 AA9 AA99 A9A AA9A, with the letters that each place allows, and GIR.
    private var hasValidOutward: Bool {
        if outward.elementsEqual("GIR".utf8) { return inward.elementsEqual("0AA".utf8) }
        guard Self.firstLetters.contains(outward[0]) else { return false }
        let rest = outward.dropFirst()
        if let second = rest.first, isDecimalDigit(second) {
            guard let third = rest.dropFirst().first else { return true }
            return rest.count == 2 && (isDecimalDigit(third) || Self.thirdLetters.contains(third))
        }
        guard let second = rest.first, Self.secondLetters.contains(second), let third = rest.dropFirst().first, isDecimalDigit(third) else {
            return false
        }
        guard let fourth = rest.dropFirst(2).first else { return true }
        return rest.count == 3 && (isDecimalDigit(fourth) || Self.fourthLetters.contains(fourth))
    }

    /// Whether the postcode stands for a place. Not so Girobank, BX (banks), BF (forces post) and ZZ99 (health service codes).
    var isGeographic: Bool {
        !["GIR", "BX", "BF", "ZZ"].contains { area.elementsEqual($0.utf8) } && !outward.elementsEqual("GIR".utf8)
    }

    private var area: ArraySlice<UInt8> { outward.prefix { !isDecimalDigit($0) } }

    func append(_ level: Level, to output: inout [UInt8]) {
        switch level {
        case .area: output.append(contentsOf: area)
        case .district: output.append(contentsOf: outward)
        case .sector:
            output.append(contentsOf: outward)
            output.append(UInt8(ascii: " "))
            output.append(inward[0])
        case .unit:
            output.append(contentsOf: outward)
            output.append(UInt8(ascii: " "))
            output.append(contentsOf: inward)
        }
    }
}
