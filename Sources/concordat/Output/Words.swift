import Foundation
import Storage
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
    guard path == "-" else { return try contents(ofFile: path, limit: limit) }
    let bytes: Foundation.Data
    do {
        bytes = try FileHandle.standardInput.read(upToCount: limit + 1) ?? Foundation.Data()
    } catch {
        throw CommandFault.usage("\(path) cannot be read: it must be a file, and not a folder")
    }
    guard bytes.count <= limit else { throw CommandFault.usage("\(path) is larger than \(limit) bytes") }
    return [UInt8](bytes)
}

/// The same of a file, or a pipe, that somebody named.
private func contents(ofFile path: String, limit: Int) throws -> [UInt8] {
    let unreadable = CommandFault.usage("\(path) cannot be read: check the path and your rights to the file")
    let opened: OpenFile?
    do throws(StorageFault) { opened = try OpenFile.readGiven(path) } catch { throw unreadable }
    guard let file = opened else { throw unreadable }
    do throws(StorageFault) {
        return try file.contents(limit: limit)
    } catch {
        throw CommandFault.usage("\(path) cannot be read: it must be a file, and not a folder, of \(limit) bytes at most")
    }
}
