import ProtobufWire

/// The first pass over a record: where the values of each field are, after merging and last-wins as protobuf defines them. Nothing is copied; text
/// stays where it is in the record. Storage is reused from record to record.
///
/// Each message met has an instance: a run of slots, one for each row of its table, that holds the last occurrence of the field. Occurrences of
/// one field are linked backwards.
struct RecordScan {
    struct Occurrence {
        /// A number in canonical wire form; start and length of text or bytes; the first slot of a message's instance.
        var value: UInt64
        /// The occurrence before it in the same repeated field, or -1.
        var previous: Int32
        /// Not UTF-8, or an enum number that is not defined. Stands for "held, but not usable" until a later one wins.
        var isInvalid: Bool
    }

    private struct Frame {
        var end: Int
        var table: Int
        var base: Int
    }

    private(set) var slots: [Int32] = []
    private(set) var occurrences: [Occurrence] = []
    private var frames: [Frame] = []
    private var maps: [(row: Int, slot: Int)] = []
    private var fieldCount = 0
    private var isStrict = false
    private var maxSlots = 0

    /// Reads the whole record. Throws for bytes that no reader could agree on, and in strict mode for everything that is not canonical except order.
    mutating func scan(_ bytes: Span<UInt8>, layout: borrowing RecordLayout, limits: RedactionLimits, isStrict: Bool) throws(WireFault) {
        guard bytes.count <= limits.maxRecordBytes else { throw .tooLarge }
        slots.removeAll(keepingCapacity: true)
        occurrences.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        maps.removeAll(keepingCapacity: true)
        fieldCount = 0
        self.isStrict = isStrict
        maxSlots = limits.maxSlots
        var frame = Frame(end: bytes.count, table: 0, base: addInstance(layout.tables[0]))
        var position = 0
        while true {
            while position == frame.end {
                guard let parent = frames.popLast() else {
                    try orderMaps(bytes, layout: layout)
                    return
                }
                frame = parent
            }
            let (number, type) = try bytes.tag(at: &position, upTo: frame.end, isStrict: isStrict)
            fieldCount += 1
            guard fieldCount <= limits.maxFields else { throw .tooLarge }
            let index = layout.row(of: number, in: layout.tables[frame.table])
            guard index >= 0 else {
                guard !isStrict else { throw .unknownField(number) }
                try bytes.skip(type, at: &position, upTo: frame.end, field: number, isStrict: false)
                continue
            }
            let row = layout.rows[index]
            let slot = frame.base + index - layout.tables[frame.table].firstRow
            let isPackedForm = row.isPacked && type == .length
            // Readers take packed and unpacked alike; canonical is packed.
            guard isPackedForm || (type == row.content.wireType && !(isStrict && row.isPacked)) else {
                guard !isStrict else { throw .unexpectedType(field: number) }
                try bytes.skip(type, at: &position, upTo: frame.end, field: number, isStrict: false)
                continue
            }
            try clearSiblings(of: row, index: index, slot: slot, layout: layout)
            guard row.isRead else {
                try bytes.skip(type, at: &position, upTo: frame.end, field: number, isStrict: false)
                continue
            }
            if isPackedForm {
                try readPacked(bytes, &position, frame.end, row, slot, layout, limits)
                continue
            }
            guard row.content == .message else {
                let (value, isInvalid) = try readValue(bytes, &position, frame.end, row, layout)
                try record(value, isInvalid: isInvalid, row: row, slot: slot)
                continue
            }
            let range = try bytes.content(at: &position, upTo: frame.end, field: number, isStrict: isStrict)
            let base = try enter(row, index: index, slot: slot, layout: layout)
            frames.append(frame)
            frame = Frame(end: range.upperBound, table: row.child, base: base)
            position = range.lowerBound
        }
    }

    /// The occurrence that counts for a singular field, or the last of a repeated one; nil where there is none.
    func last(_ slot: Int) -> Occurrence? {
        let index = slots[slot]
        return index < 0 ? nil : occurrences[Int(index)]
    }

    private mutating func addInstance(_ table: RecordLayout.Table) -> Int {
        let base = slots.count
        slots.append(contentsOf: repeatElement(-1, count: table.rowCount))
        return base
    }

    /// Setting one member of a oneof unsets the others (protobuf, "Oneof features").
    private mutating func clearSiblings(of row: RecordLayout.Row, index: Int, slot: Int, layout: borrowing RecordLayout) throws(WireFault) {
        guard row.siblingCount > 0 else { return }
        for offset in row.siblingStart..<row.siblingStart + row.siblingCount {
            let sibling = slot + layout.siblings[offset] - index
            guard slots[sibling] >= 0 else { continue }
            guard !isStrict else { throw .duplicate(field: row.number) }
            slots[sibling] = -1
        }
    }

    private mutating func record(_ value: UInt64, isInvalid: Bool, row: RecordLayout.Row, slot: Int) throws(WireFault) {
        let previous = slots[slot]
        guard previous < 0 || row.isRepeated || !isStrict else { throw .duplicate(field: row.number) }
        slots[slot] = Int32(occurrences.count)
        occurrences.append(Occurrence(value: value, previous: row.isRepeated ? previous : -1, isInvalid: isInvalid))
    }

    /// The instance for a sub-message: a singular one that was met before goes on in the same instance, so that the two merge.
    private mutating func enter(
        _ row: RecordLayout.Row, index: Int, slot: Int, layout: borrowing RecordLayout
    ) throws(WireFault) -> Int {
        let previous = slots[slot]
        if previous >= 0, !row.isRepeated {
            guard !isStrict else { throw .duplicate(field: row.number) }
            return Int(occurrences[Int(previous)].value)
        }
        guard slots.count + layout.tables[row.child].rowCount <= maxSlots else { throw .tooLarge }
        let base = addInstance(layout.tables[row.child])
        if row.isMap, previous < 0 { maps.append((index, slot)) }
        slots[slot] = Int32(occurrences.count)
        occurrences.append(Occurrence(value: UInt64(base), previous: previous, isInvalid: false))
        return base
    }

    private mutating func readPacked(
        _ bytes: Span<UInt8>, _ position: inout Int, _ end: Int, _ row: RecordLayout.Row, _ slot: Int, _ layout: borrowing RecordLayout,
        _ limits: RedactionLimits
    ) throws(WireFault) {
        let range = try bytes.content(at: &position, upTo: end, field: row.number, isStrict: isStrict)
        if isStrict {
            guard slots[slot] < 0 else { throw .duplicate(field: row.number) }
            guard !range.isEmpty else { throw .notCanonical }
        }
        var inner = range.lowerBound
        while inner < range.upperBound {
            fieldCount += 1
            guard fieldCount <= limits.maxFields else { throw .tooLarge }
            let (value, isInvalid) = try readValue(bytes, &inner, range.upperBound, row, layout)
            try record(value, isInvalid: isInvalid, row: row, slot: slot)
        }
    }

    private func readValue(
        _ bytes: Span<UInt8>, _ position: inout Int, _ end: Int, _ row: RecordLayout.Row, _ layout: borrowing RecordLayout
    ) throws(WireFault) -> (value: UInt64, isInvalid: Bool) {
        let raw: UInt64
        switch row.content {
        case .varint: raw = try bytes.varint(at: &position, upTo: end, isStrict: isStrict)
        case .fixed64: raw = try bytes.fixed64(at: &position, upTo: end)
        case .fixed32: raw = try bytes.fixed32(at: &position, upTo: end)
        case .text, .bytes:
            let range = try bytes.content(at: &position, upTo: end, field: row.number, isStrict: isStrict)
            let isInvalid = row.content == .text && !bytes.isUTF8(range)
            guard !isInvalid || !isStrict else { throw .notUTF8(field: row.number) }
            if isStrict, range.isEmpty, !row.hasPresence, !row.isRepeated, !row.isMapMember { throw .notCanonical }
            return (UInt64(range.lowerBound) << 32 | UInt64(range.count), isInvalid)
        case .message: preconditionFailure("messages are entered, not read")
        }
        let value = row.scalar.canonical(raw)
        if isStrict {
            guard value == raw else { throw .outOfRange(field: row.number) }
            guard value != 0 || row.hasPresence || row.isRepeated || row.isMapMember else { throw .notCanonical }
        }
        guard row.enumeration >= 0 else { return (value, false) }
        let isDefined = layout.enums[row.enumeration].contains(Int32(truncatingIfNeeded: value))
        guard isDefined || !isStrict else { throw .outOfRange(field: row.number) }
        return (value, !isDefined)
    }
}

// MARK: Maps

extension RecordScan {
    /// Puts the entries of every map into ascending order of key, the last of equal keys only, and drops entries whose key or plain value is invalid.
    private mutating func orderMaps(_ bytes: Span<UInt8>, layout: borrowing RecordLayout) throws(WireFault) {
        for (rowIndex, slot) in maps where slots[slot] >= 0 {
            let row = layout.rows[rowIndex]
            let table = layout.tables[row.child]
            let keyRow = layout.rows[table.firstRow]
            var entries: [Int32] = []
            var index = slots[slot]
            while index >= 0 {
                entries.append(index)
                index = occurrences[Int(index)].previous
            }
            // Newest first until here, so of equal keys the first after a stable sort wins.
            let order = entries.indices.sorted { left, right in
                let comparison = compareKeys(entries[left], entries[right], keyRow, bytes)
                return comparison == 0 ? left < right : comparison < 0
            }
            var previous: Int32 = -1
            var lastKept: Int32 = -1
            for place in order {
                let entry = entries[place]
                if lastKept >= 0, compareKeys(lastKept, entry, keyRow, bytes) == 0 {
                    guard !isStrict else { throw .duplicate(field: row.number) }
                    continue
                }
                lastKept = entry
                let base = Int(occurrences[Int(entry)].value)
                if last(base)?.isInvalid == true || last(base + 1)?.isInvalid == true { continue }
                occurrences[Int(entry)].previous = previous
                previous = entry
            }
            slots[slot] = previous
        }
    }

    /// Whole numbers by value, text by bytes; an absent key is the default one. An invalid key is equal to none but itself byte for byte.
    private func compareKeys(_ left: Int32, _ right: Int32, _ row: RecordLayout.Row, _ bytes: Span<UInt8>) -> Int {
        let one = last(Int(occurrences[Int(left)].value))?.value ?? 0
        let two = last(Int(occurrences[Int(right)].value))?.value ?? 0
        guard row.content == .text else {
            let first = row.scalar.integer(one)
            let second = row.scalar.integer(two)
            return first < second ? -1 : (first == second ? 0 : 1)
        }
        let (firstStart, firstCount) = (Int(one >> 32), Int(one & 0xffff_ffff))
        let (secondStart, secondCount) = (Int(two >> 32), Int(two & 0xffff_ffff))
        for offset in 0..<min(firstCount, secondCount) {
            let difference = Int(bytes[firstStart + offset]) - Int(bytes[secondStart + offset])
            if difference != 0 { return difference }
        }
        return firstCount - secondCount
    }
}
