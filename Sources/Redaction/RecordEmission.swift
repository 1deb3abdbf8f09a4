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
        /// -1 for a message that is absent and leaves with an answer to that.
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
        guard row.isMapMember || scan.slots[top] >= 0 || (row.answersAbsence && view == .release) else { return }
        guard row.content == .message else {
            return try emitLeaf(row, slot: top, scan, record, plan, inputs, view, &buffer)
        }
        frames.removeAll(keepingCapacity: true)
        enter(row, occurrence: scan.slots[top], view, plan.layout, buffer.count)
        while var frame = frames.popLast() {
            if frame.cursor < 0 {
                close(frame, &buffer)
                guard frame.occurrence >= 0 else { continue }
                push(frame.row, occurrence: scan.occurrences[Int(frame.occurrence)].previous, plan.layout, buffer.count)
                continue
            }
            let table = plan.layout.tables[frame.row.child]
            let offset = frame.cursor
            let child = plan.layout.rows[table.firstRow + offset]
            let slot = frame.occurrence < 0 ? -1 : Int(scan.occurrences[Int(frame.occurrence)].value) + offset
            frame.cursor -= 1
            frames.append(frame)
            if view != .source, child.action == .drop { continue }
            if child.content == .message {
                enter(child, occurrence: slot < 0 ? -1 : scan.slots[slot], view, plan.layout, buffer.count)
            } else {
                try emitLeaf(child, slot: slot, scan, record, plan, inputs, view, &buffer)
            }
        }
    }

    /// The last occurrence of a message, or where it is absent the one that must answer for it.
    private mutating func enter(_ row: RecordLayout.Row, occurrence: Int32, _ view: View, _ layout: borrowing RecordLayout, _ count: Int) {
        guard occurrence < 0, row.answersAbsence, view == .release else { return push(row, occurrence: occurrence, layout, count) }
        frames.append(Frame(row: row, occurrence: -1, cursor: layout.tables[row.child].rowCount - 1, began: count))
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
        var index = slot < 0 ? -1 : scan.slots[slot]
        let transforms = view == .release && row.action == .transform
        if transforms, row.answersAbsence { return try answer(row, from: index, scan, record, plan, &buffer) }
        let isPacked = transforms ? row.isRepeated && plan.transforms[row.transform].output != .text : row.isPacked
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

    /// Writes what leaves also where no value is held. An invalid value counts as none.
    private mutating func answer(
        _ row: RecordLayout.Row, from last: Int32, _ scan: borrowing RecordScan, _ record: Span<UInt8>, _ plan: borrowing RecordPlan,
        _ buffer: inout BackwardBuffer
    ) throws(Withheld) {
        let compiled = plan.transforms[row.transform]
        let isText = row.content == .text || row.content == .bytes
        if case .constant(let constant) = compiled.transform.kind {
            guard isText else { return write(compiled.literal, row, record, isPacked: false, &buffer) }
            return write(Array(constant.value.utf8), row, &buffer)
        }
        var isHeld = false
        var index = last
        while index >= 0 {
            let occurrence = scan.occurrences[Int(index)]
            index = occurrence.previous
            if occurrence.isInvalid {
                try fail(row, .release)
            } else {
                let isDefault = isText ? occurrence.value & 0xffff_ffff == 0 : occurrence.value == 0
                isHeld = isHeld || !isDefault || row.hasPresence || row.isRepeated
            }
        }
        write(isHeld, row, isPacked: false, &buffer)
    }

    private func write(_ flag: Bool, _ row: RecordLayout.Row, isPacked: Bool, _ buffer: inout BackwardBuffer) {
        buffer.prepend(flag ? 1 : 0)
        if !isPacked { buffer.prepend(varint: UInt64(row.number) << 3 | UInt64(WireType.varint.rawValue)) }
    }

    private func write(_ text: [UInt8], _ row: RecordLayout.Row, _ buffer: inout BackwardBuffer) {
        buffer.prepend(text)
        buffer.prepend(varint: UInt64(text.count))
        buffer.prepend(varint: UInt64(row.number) << 3 | UInt64(WireType.length.rawValue))
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
            result = compiled.apply(number: value, type: row.scalar, inputs: inputs, into: &scratch)
        }
        switch result {
        case .failed: try fail(row, .release)
        case .text:
            if scratch.isEmpty, !row.hasPresence, !row.isRepeated { return }
            write(scratch, row, &buffer)
        case .flag(let flag): write(flag, row, isPacked: isPacked, &buffer)
        case .number(let number):
            write(number, row, record, isPacked: isPacked, &buffer)
        }
    }
}
