/// A received header list. Names are lower case, as HTTP/2 demands. One growing byte array, no string is made before it is asked for.
package struct HeaderFields: Sendable, Equatable {
    private struct Entry: Equatable, Sendable {
        let start: UInt32
        let nameCount: UInt32
        let valueCount: UInt32
    }

    /// The first `used` are the list's; the rest is room, so that a list can be filled again without being shrunk and grown.
    private var bytes: [UInt8] = []
    private var used = 0
    /// The first `count` likewise.
    private var entries: [Entry] = []
    package private(set) var count = 0
    /// Size as RFC 9113 section 6.5.2 counts it.
    package private(set) var listBytes = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package static func == (a: HeaderFields, b: HeaderFields) -> Bool {
        a.entries[..<a.count] == b.entries[..<b.count] && a.bytes[..<a.used] == b.bytes[..<b.used]
    }

    package mutating func append(name: String, value: String) {
        var name = name
        var value = value
        // Valid during the call.
        name.withUTF8 { name in value.withUTF8 { value in unsafe append(name: name, value: value) } }
    }

    mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let size = name.count + value.count
        if bytes.count - used < size { bytes.append(contentsOf: repeatElement(0, count: max(size, bytes.count, 512))) }
        let entry = Entry(start: UInt32(used), nameCount: UInt32(name.count), valueCount: UInt32(value.count))
        if count < entries.count { entries[count] = entry } else { entries.append(entry) }
        count += 1
        // The two regions are nghttp2's and valid during the call; there is room for both.
        unsafe bytes.withUnsafeMutableBufferPointer { room in
            guard let to = unsafe room.baseAddress.map({ unsafe $0 + used }) else { return }
            if let from = name.baseAddress { unsafe to.update(from: from, count: name.count) }
            if let from = value.baseAddress { unsafe (to + name.count).update(from: from, count: value.count) }
        }
        used += size
        listBytes += size + 32
    }

    /// The value of the first field called `name`, which is in lower case; nil when there is none or it is not UTF-8.
    package func first(_ name: StaticString) -> String? {
        guard let entry = find(name) else { return nil }
        return text(valueRange(entry))
    }

    /// The same for a name known at run time only.
    package func first(named name: String) -> String? {
        let wanted = Array(name.utf8)
        guard let entry = entries[..<count].first(where: { bytes[nameRange($0)].elementsEqual(wanted) }) else { return nil }
        return text(valueRange(entry))
    }

    package func contains(_ name: StaticString) -> Bool { find(name) != nil }

    /// The bytes of the first field called `name`, without a copy.
    package func value<Result>(_ name: StaticString, _ body: (ArraySlice<UInt8>) -> Result) -> Result? {
        guard let entry = find(name) else { return nil }
        return body(bytes[valueRange(entry)])
    }

    /// Whether the first field called `name` has exactly this value.
    package func has(_ name: StaticString, _ value: StaticString) -> Bool {
        guard let entry = find(name) else { return false }
        return equals(valueRange(entry), value)
    }

    /// Whether the first field called `name` has exactly these bytes.
    package func has(_ name: StaticString, _ value: [UInt8]) -> Bool {
        guard let entry = find(name) else { return false }
        return unsafe value.withUnsafeBytes { unsafe equals(valueRange(entry), $0) }
    }

    /// The bytes of all fields called `name`, in the order received. They share the list's storage.
    package func values(_ name: StaticString) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        for entry in entries[..<count] where equals(nameRange(entry), name) { values.append(bytes[valueRange(entry)]) }
        return values
    }

    /// All fields in the order received; a value that is not UTF-8 has its bad bytes replaced.
    package var all: [(name: String, value: String)] {
        entries[..<count].map { entry in
            (String(decoding: bytes[nameRange(entry)], as: UTF8.self), String(decoding: bytes[valueRange(entry)], as: UTF8.self))
        }
    }

    /// Bytes of memory kept for names and values, used or not.
    var room: Int { bytes.count }

    mutating func removeAll() {
        // A token makes a list of about 2 KiB; the room of longer ones is not worth keeping.
        if bytes.count > HTTP2Limits.keptFieldBytes { bytes = [] }
        used = 0
        if entries.count > HTTP2Limits.keptFields { entries = [] }
        count = 0
        listBytes = 0
    }

    private func find(_ name: StaticString) -> Entry? {
        for index in 0..<count where Int(entries[index].nameCount) == name.utf8CodeUnitCount {
            if equals(nameRange(entries[index]), name) { return entries[index] }
        }
        return nil
    }

    private func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        // A static string lives as long as the program.
        unsafe equals(range, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `text` is valid during the call.
    private func equals(_ range: Range<Int>, _ text: UnsafeRawBufferPointer) -> Bool {
        guard range.count == text.count else { return false }
        // Both regions are as long as the range: the entry was made from the bytes.
        return unsafe bytes.withUnsafeBytes { all in
            var offset = 0
            while text.count - offset >= 8 {
                let word = unsafe all.loadUnaligned(fromByteOffset: range.lowerBound + offset, as: UInt64.self)
                guard unsafe word == text.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else { return false }
                offset += 8
            }
            while offset < text.count {
                guard unsafe all[range.lowerBound + offset] == text[offset] else { return false }
                offset += 1
            }
            return true
        }
    }

    private func nameRange(_ entry: Entry) -> Range<Int> {
        Int(entry.start)..<Int(entry.start + entry.nameCount)
    }

    private func valueRange(_ entry: Entry) -> Range<Int> {
        let start = Int(entry.start + entry.nameCount)
        return start..<start + Int(entry.valueCount)
    }

    private func text(_ range: Range<Int>) -> String? {
        String(validating: bytes[range], as: UTF8.self)
    }
}
