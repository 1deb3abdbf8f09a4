import Cryptography
import Testing
@testable import TransparencyLog

/// Tampering with a log's files under a good signed checkpoint (matrix A), its history (D) and the verifier's manners (G).
@Suite struct LogVerifierTests {
    /// Two levels of tiles: 600 entries, three bundles.
    static let small = MemoryLog(size: 600)
    /// Three levels: a full level-1 tile exists.
    static let large = MemoryLog(size: 70_000)

    /// The fault, or nil when everything verified.
    static func fault(
        _ log: MemoryLog, against checkpoint: VerifiedCheckpoint, remembered: [Checkpoint] = [], minimumIndex: UInt64 = 0,
        visit: LogVerifier.Visit = { _, _ in true }
    ) -> LogFault? {
        do throws(LogFault) {
            _ = try log.verify(against: checkpoint, remembered: remembered, minimumIndex: minimumIndex, visit: visit)
            return nil
        } catch {
            return error
        }
    }

    static func fault(of base: MemoryLog = small, after change: (inout [String: [UInt8]]) throws -> Void) throws -> LogFault? {
        var log = base
        try change(&log.files)
        return fault(log, against: try base.verified())
    }

    /// G10: none, one, and the sizes around full tiles.
    @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 513, 600, 65_535, 65_536, 65_537]) func honestLogsVerify(size: Int) throws {
        let log = MemoryLog(size: size)
        var next: UInt64 = 0
        let report = try log.verify(against: log.verified()) { index, entry in
            let isRight = index == next && entry == utf8("entry \(index)")
            next += 1
            return isRight
        }
        #expect(report.entries == UInt64(size))
        #expect(next == UInt64(size))
        #expect(report.checkpoint.size == UInt64(size))
        #expect(report.tiles == UInt64(log.files.keys.filter { !$0.contains("entries") }.count), "every hash tile is read once")
        #expect(report.bytes == UInt64(log.files.values.reduce(0) { $0 + $1.count }), "and every byte")
    }

    /// A1: every entry of the log in turn.
    @Test func aFlippedBitNamesItsEntry() throws {
        for index in stride(from: 0, to: 600, by: 7) {
            let bundle = index / 256
            let path = bundle == 2 ? "tile/entries/002.p/88" : BundleCoordinate(index: UInt64(bundle)).path
            let offset = (bundle * 256..<index).reduce(0) { $0 + 2 + utf8("entry \($1)").count } + 3
            let found = try LogVerifierTests.fault { $0[path]?[offset] ^= 4 }
            guard case .tamperedEntry(UInt64(index), path, _) = found else {
                Issue.record("entry \(index): \(String(describing: found))")
                continue
            }
        }
    }

    /// A2.
    @Test func aChangedLengthNamesItsEntry() throws {
        for (path, first) in [("tile/entries/000", 0), ("tile/entries/001", 256), ("tile/entries/002.p/88", 512)] as [(String, UInt64)] {
            for (offset, bit) in [(0, 7), (0, 0), (1, 0), (1, 1), (1, 3)] as [(Int, UInt8)] {
                let found = try LogVerifierTests.fault { $0[path]?[offset] ^= 1 << bit }
                guard case .tamperedEntry(first, path, _) = found else {
                    Issue.record("\(path) \(offset) \(bit): \(String(describing: found))")
                    continue
                }
            }
        }
    }

    /// A3 and A5 on two levels: every hash of every tile.
    @Test(arguments: ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]) func aFlippedBitNamesItsTile(path: String) throws {
        let count = try #require(LogVerifierTests.small.files[path]).count
        for offset in stride(from: 0, to: count, by: 67) {
            let found = try LogVerifierTests.fault { $0[path]?[offset] ^= 16 }
            guard case .tamperedTile(path, _) = found else {
                Issue.record("\(path) \(offset): \(String(describing: found))")
                continue
            }
            #expect(found?.kind == .tampered)
        }
    }

    /// A3 to A5 on three levels.
    @Test(arguments: ["tile/0/000", "tile/0/255", "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"])
    func aFlippedBitNamesItsTileInAGreatLog(path: String) throws {
        let found = try LogVerifierTests.fault(of: LogVerifierTests.large) { $0[path]?[5] ^= 1 }
        guard case .tamperedTile(path, _) = found else { Issue.record("\(String(describing: found))"); return }
    }

    /// Two false tiles at the right edge: the upper one, which comes first in the log, is named.
    @Test func severalFalseTilesNameTheFirst() throws {
        let found = try LogVerifierTests.fault {
            $0["tile/1/000.p/2"]?[5] ^= 1
            $0["tile/0/002.p/88"]?[5] ^= 1
        }
        guard case .tamperedTile("tile/1/000.p/2", _) = found else { Issue.record("\(String(describing: found))"); return }
    }

    private func swapped(_ bundle: [UInt8], _ first: Int, _ second: Int, width: Int) throws -> [UInt8] {
        var entries = try EntryBundle.decode(bundle, width: width)
        entries.swapAt(first, second)
        return EntryBundle.encode(entries)
    }

    /// A6.
    @Test func swappedEntriesNameTheFirst() throws {
        let found = try LogVerifierTests.fault { $0["tile/entries/001"] = try swapped($0["tile/entries/001"] ?? [], 10, 20, width: 256) }
        guard case .tamperedEntry(266, "tile/entries/001", _) = found else { Issue.record("\(String(describing: found))"); return }
    }

    /// A7: entries and leaf hashes agree with each other; the hash above them does not.
    @Test func swappedEntriesWithTheirHashesAreFound() throws {
        func swap(_ files: inout [String: [UInt8]], _ bundle: String, _ tile: String, width: Int) throws {
            files[bundle] = try swapped(files[bundle] ?? [], 10, 20, width: width)
            var hashes = try HashTile.decode(files[tile] ?? [], width: width)
            hashes.swapAt(10, 20)
            files[tile] = HashTile.encode(hashes)
        }
        let inside = try LogVerifierTests.fault { try swap(&$0, "tile/entries/001", "tile/0/001", width: 256) }
        guard case .tamperedTile("tile/0/001", _) = inside else { Issue.record("\(String(describing: inside))"); return }
        let atEdge = try LogVerifierTests.fault { try swap(&$0, "tile/entries/002.p/88", "tile/0/002.p/88", width: 88) }
        #expect(atEdge == .anotherHistory(size: 600, path: "tile/0/002.p/88"))
    }

    /// A8.
    @Test func swappedBundlesNameTheFirstEntry() throws {
        let found = try LogVerifierTests.fault { ($0["tile/entries/000"], $0["tile/entries/001"]) = ($0["tile/entries/001"], $0["tile/entries/000"]) }
        guard case .tamperedEntry(0, "tile/entries/000", _) = found else { Issue.record("\(String(describing: found))"); return }
    }

    /// A9 to A11.
    @Test func doubledDeletedAndInsertedEntriesAreNamed() throws {
        func changed(_ change: (inout [[UInt8]]) -> Void) throws -> LogFault? {
            try LogVerifierTests.fault { files in
                var entries = try EntryBundle.decode(files["tile/entries/001"] ?? [], width: 256)
                change(&entries)
                var bytes: [UInt8] = []
                for entry in entries { EntryBundle.append(entry, to: &bytes) }
                files["tile/entries/001"] = bytes
            }
        }
        let changes: [(UInt64, (inout [[UInt8]]) -> Void)] = [
            (296, { $0[40] = $0[39] }), (296, { $0.remove(at: 40) }), (296, { $0.insert([1], at: 40) }), (511, { $0.remove(at: 255) }), (256, { $0.remove(at: 0) }),
        ]
        for (index, change) in changes {
            let found = try changed(change)
            guard case .tamperedEntry(index, "tile/entries/001", _) = found else { Issue.record("\(index): \(String(describing: found))"); continue }
        }
        let appended = try changed { $0.append([1]) }
        guard case .tamperedTile("tile/entries/001", _) = appended else { Issue.record("\(String(describing: appended))"); return }
    }

    /// A12 to A15.
    @Test func cutAndLengthenedFilesAreNamed() throws {
        for path in ["tile/entries/001", "tile/entries/002.p/88"] {
            let width = path.hasSuffix("88") ? 88 : 256
            let last = (path.hasSuffix("88") ? 512 : 256) + width - 1
            for cut in [1, 5, 8] {
                let found = try LogVerifierTests.fault { $0[path]?.removeLast(cut) }
                guard case .tamperedEntry(UInt64(last), path, _) = found else { Issue.record("\(path) \(cut): \(String(describing: found))"); continue }
            }
            for tail in [[0], [0, 0], [0, 1, 7], [9, 9, 9]] as [[UInt8]] {
                let found = try LogVerifierTests.fault { $0[path]? += tail }
                guard case .tamperedTile(path, _) = found else { Issue.record("\(path) \(tail): \(String(describing: found))"); continue }
            }
        }
        for path in ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"] {
            for change in [{ $0 += [UInt8](repeating: 0, count: 32) }, { $0 += [0] }, { $0.removeLast() }, { $0.removeLast(32) }] as [(inout [UInt8]) -> Void] {
                let found = try LogVerifierTests.fault { change(&$0[path, default: []]) }
                guard case .tamperedTile(path, _) = found else { Issue.record("\(path): \(String(describing: found))"); continue }
            }
        }
    }

    /// A16 to A18; D8, the withheld tail, is the same to a reader.
    @Test func missingFilesAreMissingAndEmptyOnesAreFalse() throws {
        for path in LogVerifierTests.small.files.keys {
            let found = try LogVerifierTests.fault { $0[path] = nil }
            #expect(found == .missing(path: path))
            #expect(found?.kind == .unavailable)
            #expect(try LogVerifierTests.fault { $0[path] = [] }?.kind == .tampered)
        }
        let shorter = MemoryLog(size: 500)
        #expect(LogVerifierTests.fault(shorter, against: try LogVerifierTests.small.verified())?.kind == .unavailable)
    }

    /// A19, A20.
    @Test func tilesOfAnotherWidthAreFalse() throws {
        let found = try LogVerifierTests.fault { $0["tile/0/000"] = Array($0["tile/0/000"]?.prefix(32) ?? []) }
        guard case .tamperedTile("tile/0/000", _) = found else { Issue.record("\(String(describing: found))"); return }
        for width in [87, 89] {
            let wider = try LogVerifierTests.fault { files in
                files["tile/0/002.p/88"] = HashTile.encode([Digest](repeating: .zero, count: width))
            }
            guard case .tamperedTile("tile/0/002.p/88", _) = wider else { Issue.record("\(String(describing: wider))"); continue }
        }
    }

    /// A partial tile may be gone once the full one exists; the full one must begin with it.
    @Test func fullTilesStandInForPartialOnes() throws {
        let grown = MemoryLog(size: 768)
        #expect(grown.files["tile/0/002.p/88"] == nil)
        var log = grown
        log.files["tile/1/000.p/2"] = LogVerifierTests.small.files["tile/1/000.p/2"]
        var last: UInt64 = 0
        #expect(LogVerifierTests.fault(log, against: try LogVerifierTests.small.verified()) { index, _ in last = index; return true } == nil)
        #expect(last == 599, "A21: what lies beyond the signed size is not handed over")
        log.files["tile/0/002"]?[32 * 50] ^= 1
        #expect(LogVerifierTests.fault(log, against: try LogVerifierTests.small.verified())?.kind == .tampered)
    }

    /// A21, G7: what is beyond the signed size changes nothing, false or not.
    @Test func theUnsignedTailIsNotRead() throws {
        #expect(try LogVerifierTests.fault {
            $0["tile/0/003"] = [1]
            $0["tile/entries/003"] = [2]
            $0["tile/1/000.p/3"] = [3]
            $0["tile/2/000.p/1"] = [4]
        } == nil)
    }

    /// B3, C: a good signature over another root.
    @Test func dataOfAnotherHistoryIsRefused() throws {
        let other = MemoryLog(size: 600, prefix: "another")
        #expect(LogVerifierTests.fault(other, against: try LogVerifierTests.small.verified())?.kind == .tampered)
        let lone = MemoryLog(size: 1, prefix: "another")
        #expect(LogVerifierTests.fault(lone, against: try MemoryLog(size: 1).verified()) == .anotherHistory(size: 1, path: "tile/0/000.p/1"))
    }

    /// D1 to D4.
    @Test func rememberedCheckpointsAreContinuedOrTheLogIsRefused() throws {
        let log = LogVerifierTests.small
        for size in [0, 1, 255, 256, 257, 599, 600] {
            let old = try MemoryLog(size: size).checkpoint
            #expect(LogVerifierTests.fault(log, against: try log.verified(), remembered: [old]) == nil)
        }
        let larger = try MemoryLog(size: 601).checkpoint
        #expect(LogVerifierTests.fault(log, against: try log.verified(), remembered: [larger]) == .rollback(remembered: 601, size: 600), "D1")
        let same = try MemoryLog(size: 600, prefix: "another").checkpoint
        #expect(LogVerifierTests.fault(log, against: try log.verified(), remembered: [same]) == .fork(remembered: 600, size: 600), "D2")
        // D3, D4: the first 300 entries are those that were seen, entry 300 and the rest are not.
        let forked = MemoryLog(entries: (0..<700).map { utf8($0 < 300 ? "entry \($0)" : "other \($0)") })
        #expect(LogVerifierTests.fault(forked, against: try forked.verified()) == nil, "a fork passes alone")
        #expect(LogVerifierTests.fault(forked, against: try forked.verified(), remembered: [try MemoryLog(size: 300).checkpoint]) == nil)
        #expect(LogVerifierTests.fault(forked, against: try forked.verified(), remembered: [try log.checkpoint]) == .fork(remembered: 600, size: 700))
        let stranger = Checkpoint(origin: try #require(KeyName("other.example")), size: 300, root: MemoryLog(size: 300).range.root)
        #expect(LogVerifierTests.fault(log, against: try log.verified(), remembered: [stranger]) == .fork(remembered: 300, size: 600))
    }

    struct DiskFault: Error {}

    /// G4, G6: a reader that fails says nothing about the log, wherever it fails.
    @Test func failuresOfTheReaderAreNotTampering() throws {
        let log = LogVerifierTests.small
        let verified = try log.verified()
        for bad in log.files.keys {
            let verifier = LogVerifier(verified) { path in
                if path == bad { throw DiskFault() }
                return log.files[path]
            }
            do throws(LogFault) {
                _ = try verifier.verify { _, _ in true }
                Issue.record("\(bad) was not read")
            } catch {
                guard case .unavailable(bad, _) = error else { Issue.record("\(error)"); continue }
                #expect(error.kind == .unavailable)
            }
        }
    }

    /// G2: a visitor that has seen enough is not a success.
    @Test func aStoppedVisitIsNoSuccess() throws {
        let found = LogVerifierTests.fault(LogVerifierTests.small, against: try LogVerifierTests.small.verified()) { index, _ in index < 300 }
        #expect(found == .stopped(index: 300))
        #expect(found?.kind == .stopped)
    }

    /// G8: below the minimum index a bundle or tile may be gone, above it not.
    @Test func prunedPrefixesAreAllowedOnRequestOnly() throws {
        var log = LogVerifierTests.small
        let verified = try log.verified()
        log.files["tile/entries/000"] = nil
        #expect(LogVerifierTests.fault(log, against: verified) == .missing(path: "tile/entries/000"))
        #expect(LogVerifierTests.fault(log, against: verified, minimumIndex: 255) == .missing(path: "tile/entries/000"))
        #expect(try log.verify(against: verified, minimumIndex: 256).entries == 344)
        log.files["tile/0/000"] = nil
        #expect(try log.verify(against: verified, minimumIndex: 300).entries == 344)
        log.files["tile/entries/001"] = nil
        #expect(LogVerifierTests.fault(log, against: verified, minimumIndex: 300) == .missing(path: "tile/entries/001"))
        log.files["tile/entries/002.p/88"] = nil
        #expect(LogVerifierTests.fault(log, against: verified, minimumIndex: 600) == .missing(path: "tile/entries/002.p/88"), "a partial bundle is never pruned")
    }

    /// G1: a file of any size is refused before it is decoded.
    @Test func oversizedFilesAreRefused() throws {
        for path in ["tile/0/000", "tile/entries/000"] {
            let found = try LogVerifierTests.fault { $0[path] = [UInt8](repeating: 0, count: Limits.maxBundleBytes + 1) }
            guard case .tamperedTile(path, _) = found else { Issue.record("\(String(describing: found))"); continue }
        }
    }

    /// G11 in small: random changes of random files are all refused. A hash tile or bundle has no byte that does not count.
    @Test func randomChangesAreAllRefused() throws {
        let base = MemoryLog(size: 300)
        let verified = try base.verified()
        let paths = base.files.keys.sorted()
        var generator = TestGenerator(seed: 20_260_102)
        for _ in 0..<400 {
            var log = base
            let path = paths[Int.random(in: paths.indices, using: &generator)]
            guard var bytes = log.files[path] else { continue }
            let position = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
            default: bytes.removeLast(bytes.count - position)
            }
            guard bytes != base.files[path] else { continue }
            log.files[path] = bytes
            #expect(LogVerifierTests.fault(log, against: verified)?.kind == .tampered, "\(path)")
        }
    }
}
