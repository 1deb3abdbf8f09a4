/// The resources of a log below its prefix, in the one spelling that C2SP tlog-tiles gives each.
package enum LogPath: Hashable, Sendable {
    case checkpoint
    case tile(TileCoordinate)
    case entries(BundleCoordinate)

    package var text: String {
        switch self {
        case .checkpoint: "checkpoint"
        case .tile(let tile): "tile/\(tile.level)/" + LogPath.encode(tile.index, width: tile.width)
        case .entries(let bundle): "tile/entries/" + LogPath.encode(bundle.index, width: bundle.width)
        }
    }

    /// Nil for any other spelling: a leading slash, a missing or extra `x`, `..`, a width of 0 or 256, leading zeros.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 100 else { return nil }
        if bytes == Array("checkpoint".utf8) {
            self = .checkpoint
            return
        }
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 3, Array(parts[0]) == Array("tile".utf8), let (index, width) = LogPath.decode(parts[2...]) else { return nil }
        if Array(parts[1]) == Array("entries".utf8) {
            self = .entries(BundleCoordinate(index: index, width: width))
        } else {
            guard let level = StrictDecimal.parse(parts[1]), level <= 63 else { return nil }
            self = .tile(TileCoordinate(level: Int(level), index: index, width: width))
        }
    }

    private static func encode(_ index: UInt64, width: Int) -> String {
        var text = threeDigits(index % 1000)
        var rest = index / 1000
        while rest > 0 {
            text = "x" + threeDigits(rest % 1000) + "/" + text
            rest /= 1000
        }
        return width == Limits.tileWidth ? text : "\(text).p/\(width)"
    }

    private static func threeDigits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }

    private static func decode(_ parts: ArraySlice<ArraySlice<UInt8>>) -> (UInt64, Int)? {
        var parts = parts
        var width = Limits.tileWidth
        if parts.count >= 2, var name = parts.dropLast().last, name.suffix(2).elementsEqual(".p".utf8), let digits = parts.last {
            guard let number = StrictDecimal.parse(digits), number >= 1, number <= 255 else { return nil }
            width = Int(number)
            name.removeLast(2)
            parts = parts.dropLast(2) + [name]
        }
        var index: UInt64 = 0
        let last = parts.endIndex - 1
        for (position, part) in zip(parts.indices, parts) {
            var digits = part
            if position != last {
                guard digits.first == UInt8(ascii: "x") else { return nil }
                digits.removeFirst()
            }
            guard digits.count == 3, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
            // A first group of zeros would be a second spelling of a shorter path.
            if position == parts.startIndex, position != last, digits.allSatisfy({ $0 == UInt8(ascii: "0") }) { return nil }
            let group = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
            let (product, isOver) = index.multipliedReportingOverflow(by: 1000)
            guard !isOver, product <= Limits.maxTreeSize - group else { return nil }
            index = product + group
        }
        return (index, width)
    }
}
