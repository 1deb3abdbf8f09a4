import Foundation
import Glibc
import Storage
import Testing

/// No open waits for what is no file, and a copy leaves nothing behind where it fails.
struct OpenFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "open-file-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func pipe(_ path: String) { #expect(mkfifo(path, 0o600) == 0) }

    @Test func onlyARegularFileIsRead() throws {
        try withFolder { folder in
            pipe(folder + "/pipe")
            for path in [folder + "/pipe", folder, "/dev/zero"] {
                #expect(throws: StorageFault.file("\(path) is not a plain file; put one in its place")) { _ = try OpenFile.read(path) }
                #expect(throws: StorageFault.file("\(path) is not a plain file; put one in its place")) { try OpenFile.requirePlain(path) }
            }
            try Data("abc".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/file")
            let linked = try OpenFile.read(folder + "/link")?.contents(limit: 3)
            #expect(linked == Array("abc".utf8))
            try OpenFile.requirePlain(folder + "/link")
            try OpenFile.requirePlain(folder + "/absent")
            let absent = try OpenFile.read(folder + "/absent")?.contents(limit: 3)
            #expect(absent == nil)
        }
    }

    @Test func aPipeThatSomebodyNamedIsReadAndEmptyWhereNobodyWritesToIt() throws {
        try withFolder { folder in
            pipe(folder + "/pipe")
            let empty = try OpenFile.readGiven(folder + "/pipe")?.contents(limit: 10)
            #expect(empty == [])
            // Whoever writes to it is there, and comes later than the first look.
            let held = open(folder + "/pipe", O_RDWR)
            let writer = Thread {
                usleep(200_000)
                _ = write(held, "late", 4)
                close(held)
            }
            writer.start()
            let late = try OpenFile.readGiven(folder + "/pipe")?.contents(limit: 10)
            #expect(late == Array("late".utf8))
        }
    }

    @Test func whatIsTooLongIsRefusedBeforeItIsCopied() throws {
        try withFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/sparse"))
            #expect(truncate(folder + "/sparse", 4 << 40) == 0)
            #expect(throws: StorageFault.file("\(folder)/sparse is longer than 1000 bytes, and is not copied")) {
                try OpenFile.copy(folder + "/sparse", to: folder + "/copy", limit: 1_000)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["sparse"])
        }
    }

    @Test func aCopyThatFailsLeavesNothing() throws {
        try withFolder { folder in
            try Data("abc".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
            try FileManager.default.createDirectory(atPath: folder + "/target", withIntermediateDirectories: false)
            #expect(throws: StorageFault.file("\(folder)/target is not a plain file; put one in its place")) {
                try OpenFile.copy(folder + "/file", to: folder + "/target", limit: 1_000)
            }
            pipe(folder + "/pipe")
            #expect(throws: StorageFault.file("\(folder)/pipe is not a plain file; put one in its place")) {
                try OpenFile.copy(folder + "/pipe", to: folder + "/copy", limit: 1_000)
            }
            // Of no length until it is read.
            #expect(throws: StorageFault.file("/proc/self/status grew beyond 10 bytes while it was copied")) {
                try OpenFile.copy("/proc/self/status", to: folder + "/copy", limit: 10)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["file", "pipe", "target"])
        }
    }
}
