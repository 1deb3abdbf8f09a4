import Foundation
import Vocabulary

/// A moment as the broker sends it, microseconds since 1970 in UTC.
func moment(_ microseconds: Int64) -> String {
    microseconds == 0 ? "not set" : Timestamp(microseconds: microseconds).description
}

/// A day, or a moment in RFC 3339, as microseconds since 1970.
func microseconds(_ text: String, option: String) throws -> Int64 {
    if let day = CalendarDate(text) { return day.startOfDayUTC.microseconds }
    if let exact = Timestamp(text) { return exact.microseconds }
    throw CommandFault.usage("\(option) must be a day such as 2026-12-01 or a moment such as 2026-12-01T09:00:00Z")
}

/// The bytes of a file; `-` is standard input. At most `limit` bytes.
func contents(of path: String, limit: Int = 4 << 20) throws -> [UInt8] {
    let handle: FileHandle
    if path == "-" {
        handle = .standardInput
    } else {
        guard let opened = FileHandle(forReadingAtPath: path) else {
            throw CommandFault.usage("\(path) cannot be read: check the path and your rights to the file")
        }
        handle = opened
    }
    let bytes: Foundation.Data
    do {
        bytes = try handle.read(upToCount: limit + 1) ?? Foundation.Data()
    } catch {
        throw CommandFault.usage("\(path) cannot be read: it must be a file, and not a folder")
    }
    guard bytes.count <= limit else { throw CommandFault.usage("\(path) is larger than \(limit) bytes") }
    return [UInt8](bytes)
}
