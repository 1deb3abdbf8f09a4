import ProtobufWire
import Vocabulary

/// A row filter with its paths turned into slots and its values into wire form.
indirect enum CompiledFilter: Sendable {
    case test(Test)
    case all([CompiledFilter])
    case any([CompiledFilter])

    struct Test: Sendable {
        /// Offsets of the field in its message, from the record down; all but the last are singular sub-messages.
        let offsets: [Int]
        let row: RecordLayout.Row
        let numbers: Set<UInt64>
        let texts: [[UInt8]]
    }

    func admits(_ scan: borrowing RecordScan, _ record: Span<UInt8>) -> Bool {
        switch self {
        case .test(let test): return CompiledFilter.holds(test, scan, record)
        case .all(let parts):
            for part in parts where !part.admits(scan, record) { return false }
            return true
        case .any(let parts):
            for part in parts where part.admits(scan, record) { return true }
            return false
        }
    }

    private static func holds(_ test: Test, _ scan: borrowing RecordScan, _ record: Span<UInt8>) -> Bool {
        var base = 0
        for offset in test.offsets.dropLast() {
            guard let message = scan.last(base + offset) else { return false }
            base = Int(message.value)
        }
        guard let offset = test.offsets.last, let found = scan.last(base + offset), !found.isInvalid else { return false }
        guard test.row.content == .text else {
            // Without presence the default is absence, and absence is denied.
            if found.value == 0, !test.row.hasPresence { return false }
            return test.numbers.contains(found.value)
        }
        let start = Int(found.value >> 32)
        let count = Int(found.value & 0xffff_ffff)
        if count == 0, !test.row.hasPresence { return false }
        for text in test.texts where text.count == count {
            var matches = true
            for offset in 0..<count { matches = record[start + offset] == text[offset] && matches }
            if matches { return true }
        }
        return false
    }
}
