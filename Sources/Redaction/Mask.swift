/// T05. Keeps some characters at the ends and hides the rest, by default with a fixed number of marks so that the length does not show.
///
/// Counts are of Unicode scalars, never of grapheme clusters, which change with Unicode. A value with fewer than
/// `keepFirst + keepLast + minHidden` scalars is hidden whole.
package struct Mask: Hashable, Sendable {
    package let keepFirst: Int
    package let keepLast: Int
    /// The mark, one printable ASCII character.
    package let mark: UInt8
    /// Fewest scalars that must be hidden before any may show.
    package let minHidden: Int
    /// Marks written in place of the hidden part.
    package let fixedLength: Int
    /// One mark for each hidden scalar instead: the length shows.
    package let preservesLength: Bool
    /// ASCII characters that stay where they are inside the hidden part, such as `-`; only with `preservesLength`.
    package let kept: [UInt8]

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        keepFirst = try reader.whole("keep_first", in: 0...64, default: 0)
        keepLast = try reader.whole("keep_last", in: 0...64, default: 0)
        minHidden = try reader.whole("min_hidden", in: 1...64, default: 4)
        preservesLength = try reader.flag("preserve_len")
        let marks = Array((reader.text("char") ?? "*").utf8)
        guard marks.count == 1, (0x21...0x7e).contains(marks[0]) else { throw reader.fault("char", "give one printable ASCII character") }
        mark = marks[0]
        if preservesLength {
            fixedLength = 8
        } else {
            fixedLength = try reader.whole("fixed_len", in: 1...64, default: 8)
        }
        let set = Array((reader.text("keep_set") ?? "").utf8)
        guard set.allSatisfy({ (0x20...0x7e).contains($0) && !isDecimalDigit($0) && !isLetter($0) }), Set(set).count == set.count, set.count <= 16 else {
            throw reader.fault("keep_set", "give different ASCII punctuation marks; letters and digits would show the value")
        }
        guard set.isEmpty || preservesLength else { throw reader.fault("keep_set", "needs preserve_len=true") }
        kept = set.sorted()
    }

    var parameters: [Transform.Parameter] {
        var all = [Transform.Parameter("char", String(decoding: [mark], as: UTF8.self))]
        if keepFirst > 0 { all.append(Transform.Parameter("keep_first", String(keepFirst))) }
        if keepLast > 0 { all.append(Transform.Parameter("keep_last", String(keepLast))) }
        all.append(Transform.Parameter("min_hidden", String(minHidden)))
        if preservesLength {
            all.append(Transform.Parameter("preserve_len", "true"))
            if !kept.isEmpty { all.append(Transform.Parameter("keep_set", String(decoding: kept, as: UTF8.self))) }
        } else {
            all.append(Transform.Parameter("fixed_len", String(fixedLength)))
        }
        return all
    }

    /// Appends the masked text. `text` is valid UTF-8.
    func apply(_ text: Span<UInt8>, into output: inout [UInt8]) {
        var scalars = 0
        for index in text.indices where text[index] & 0xc0 != 0x80 { scalars += 1 }
        let shows = scalars >= keepFirst + keepLast + minHidden
        let hiddenFrom = shows ? keepFirst : 0
        let hiddenUpTo = shows ? scalars - keepLast : scalars
        if !preservesLength, !shows || hiddenFrom == 0 { appendMarks(to: &output) }
        var scalar = -1
        for index in text.indices {
            let byte = text[index]
            let starts = byte & 0xc0 != 0x80
            if starts { scalar += 1 }
            if scalar < hiddenFrom || scalar >= hiddenUpTo {
                output.append(byte)
                if !preservesLength, shows, hiddenFrom > 0, scalar == hiddenFrom - 1, isEndOfScalar(text, index) { appendMarks(to: &output) }
            } else if preservesLength, starts {
                output.append(kept.contains(byte) ? byte : mark)
            }
        }
    }

    private func appendMarks(to output: inout [UInt8]) {
        for _ in 0..<fixedLength { output.append(mark) }
    }

    private func isEndOfScalar(_ text: Span<UInt8>, _ index: Int) -> Bool {
        index + 1 == text.count || text[index + 1] & 0xc0 != 0x80
    }
}

func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
