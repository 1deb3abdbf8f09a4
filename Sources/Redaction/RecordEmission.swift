import ProtobufWire
import Vocabulary

/// The second pass: writes the fields of a scanned record in canonical form, backwards, either as the source holds them or as they may leave.
///
/// Canonical form: fields ascend; numbers are packed and minimal; a default without presence is left out; map entries ascend by key; a sub-message
/// in which nothing is left is left out, since its mere presence was not listed.
struct RecordEmission {
    enum View {
        /// As the source holds it, everything of it.
        case source
        /// As the source holds it, but the listed leaves only.
        case listed
        /// As it may leave.
        case release
    }

    /// A value that is invalid or cannot be transformed, where the terms say that the record must then stay.
    struct Withheld: Error {
        /// The leaf's place in the schema.
        let leaf: Int
    }

    private struct Frame {
        var row: RecordLayout.Row
        var occurrence: Int32
        /// The next row of the child table to write, counting down; -1 when the instance is done.
        var cursor: Int
        /// Count of the buffer when the instance began.
        var began: Int
    }

    private var frames: [Frame] = []
    private var scratch: [UInt8] = []
    /// Values in the record that could not be transformed and were dropped.
    private(set) var failures = 0

    mutating func clear() {
        failures = 0
    }

    /// Writes one of the record's own fields, all occurrences; nothing where none is left.
    mutating func emit(
        _ rowIndex: Int, of scan: borrowing RecordScan, record: Span<UInt8>, plan: borrowing RecordPlan, inputs: borrowing TransformInputs,
        view: View, into buffer: inout BackwardBuffer
    ) throws(Withheld) {
        let row = plan.layout.rows[rowIndex]
        let top = rowIndex
        // Most of a record's own fields hold nothing in any one record.
        guard row.isMapMember || scan.slots[top] >= 0 else { return }
        guard row.content == .message else {
            return try emitLeaf(row, slot: top, scan, record, plan, inputs, view, &buffer)
        }
        frames.removeAll(keepingCapacity: true)
        push(row, occurrence: scan.slots[top], plan.layout, buffer.count)
        while var frame = frames.popLast() {
            if frame.cursor < 0 {
                close(frame, &buffer)
                push(frame.row, occurrence: scan.occurrences[Int(frame.occurrence)].previous, plan.layout, buffer.count)
                continue
            }
            let table = plan.layout.tables[frame.row.child]
            let offset = frame.cursor
            let child = plan.layout.rows[table.firstRow + offset]
            let slot = Int(scan.occurrences[Int(frame.occurrence)].value) + offset
            frame.cursor -= 1
            frames.append(frame)
            if view != .source, child.action == .drop { continue }
            if child.content == .message {
                push(child, occurrence: scan.slots[slot], plan.layout, buffer.count)
            } else {
                try emitLeaf(child, slot: slot, scan, record, plan, inputs, view, &buffer)
            }
        }
    }

    private mutating func push(_ row: RecordLayout.Row, occurrence: Int32, _ layout: borrowing RecordLayout, _ count: Int) {
        guard occurrence >= 0 else { return }
        frames.append(Frame(row: row, occurrence: occurrence, cursor: layout.tables[row.child].rowCount - 1, began: count))
    }

    private func close(_ frame: Frame, _ buffer: inout BackwardBuffer) {
        let length = buffer.count - frame.began
        guard length > 0 else { return }
        buffer.prepend(varint: UInt64(length))
        buffer.prepend(varint: frame.row.tag)
    }

    private mutating func emitLeaf(
        _ row: RecordLayout.Row, slot: Int, _ scan: borrowing RecordScan, _ record: Span<UInt8>, _ plan: borrowing RecordPlan,
        _ inputs: borrowing TransformInputs, _ view: View, _ buffer: inout BackwardBuffer
    ) throws(Withheld) {
        var index = scan.slots[slot]
        let transforms = view == .release && row.action == .transform
        let isPacked = row.isPacked && !(transforms && plan.transforms[row.transform].isTextual)
        let began = buffer.count
        if index < 0, row.isMapMember {
            writeDefault(row, &buffer)
            return
        }
        while index >= 0 {
            let occurrence = scan.occurrences[Int(index)]
            index = occurrence.previous
            if occurrence.isInvalid {
                try fail(row, view)
            } else if transforms {
                try transform(occurrence.value, row, record, plan, inputs, isPacked: isPacked, &buffer)
            } else {
                write(occurrence.value, row, record, isPacked: isPacked, &buffer)
            }
        }
        if isPacked, buffer.count > began {
            buffer.prepend(varint: UInt64(buffer.count - began))
            buffer.prepend(varint: row.tag)
        }
    }

    private mutating func fail(_ row: RecordLayout.Row, _ view: View) throws(Withheld) {
        guard view == .release else { return }
        failures += 1
        guard !row.failsRecord else { throw Withheld(leaf: row.leaf) }
    }

    private func write(_ value: UInt64, _ row: RecordLayout.Row, _ record: Span<UInt8>, isPacked: Bool, _ buffer: inout BackwardBuffer) {
        let isText = row.content == .text || row.content == .bytes
        let isDefault = isText ? value & 0xffff_ffff == 0 : value == 0
        if isDefault, !row.hasPresence, !row.isRepeated, !row.isMapMember { return }
        switch row.content {
        case .varint: buffer.prepend(varint: value)
        case .fixed64: buffer.prepend(fixed: value, width: 8)
        case .fixed32: buffer.prepend(fixed: value, width: 4)
        case .text, .bytes:
            let length = Int(value & 0xffff_ffff)
            buffer.prepend(record, Int(value >> 32), length)
            buffer.prepend(varint: UInt64(length))
        case .message: preconditionFailure("messages have frames")
        }
        if !isPacked { buffer.prepend(varint: row.tag) }
    }

    private func writeDefault(_ row: RecordLayout.Row, _ buffer: inout BackwardBuffer) {
        switch row.content {
        case .varint, .text, .bytes: buffer.prepend(0)
        case .fixed64: buffer.prepend(fixed: 0, width: 8)
        case .fixed32: buffer.prepend(fixed: 0, width: 4)
        case .message: preconditionFailure("messages have frames")
        }
        buffer.prepend(varint: row.tag)
    }

    private mutating func transform(
        _ value: UInt64, _ row: RecordLayout.Row, _ record: Span<UInt8>, _ plan: borrowing RecordPlan,
        _ inputs: borrowing TransformInputs, isPacked: Bool, _ buffer: inout BackwardBuffer
    ) throws(Withheld) {
        scratch.removeAll(keepingCapacity: true)
        let isText = row.content == .text
        let isDefault = isText ? value & 0xffff_ffff == 0 : value == 0
        // Without presence the default is absence, and absent in is absent out.
        if isDefault, !row.hasPresence, !row.isRepeated { return }
        let compiled = plan.transforms[row.transform]
        let result: CompiledTransform.Result
        if isText {
            let start = Int(value >> 32)
            let text = record.extracting(start..<start + Int(value & 0xffff_ffff))
            result = compiled.apply(text: text, inputs: inputs, limits: plan.limits, into: &scratch)
        } else {
            result = compiled.apply(number: value, type: row.scalar, into: &scratch)
        }
        switch result {
        case .failed: try fail(row, .release)
        case .text:
            if scratch.isEmpty, !row.hasPresence, !row.isRepeated { return }
            buffer.prepend(scratch)
            buffer.prepend(varint: UInt64(scratch.count))
            buffer.prepend(varint: UInt64(row.number) << 3 | UInt64(WireType.length.rawValue))
        case .number(let number):
            write(number, row, record, isPacked: isPacked, &buffer)
        }
    }
}
