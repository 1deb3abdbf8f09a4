import Cryptography
import Testing
@testable import TransparencyLog

/// A log that another program wrote and signed: Tessera's test log of 15 entries with a checkpoint at each size.
@Suite struct TesseraLogTests {
    static let entries = [
        "one", "two", "three", "four", "five", "six", "seven", "eit", "nain", "ten", "ileven", "twelf", "threeten", "fourten", "fivten",
    ]

    private func trust() throws -> LogTrust {
        LogTrust(logKey: try VerifierKey(vkey: "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"))
    }

    private func checkpoint(_ size: Int) throws -> VerifiedCheckpoint {
        try trust().verify(Vectors.file("tessera-log/checkpoint.\(size)"))
    }

    @Test func everySizeOfTheLogVerifies() throws {
        var remembered: [Checkpoint] = []
        for size in 0...15 {
            let verified = try checkpoint(size)
            #expect(verified.checkpoint.size == UInt64(size))
            var seen: [[UInt8]] = []
            let verifier = LogVerifier(verified) { Vectors.optionalFile("tessera-log/\($0)") }
            let report = try verifier.verify(remembered: remembered) { _, entry in
                seen.append(entry)
                return true
            }
            #expect(report.entries == UInt64(size))
            #expect(seen == TesseraLogTests.entries.prefix(size).map { utf8($0) })
            remembered.append(verified.checkpoint)
        }
        #expect(try checkpoint(15).note == Vectors.file("tessera-log/checkpoint"))
    }

    @Test func ourWriterMakesTheSameFiles() throws {
        for size in 1...15 {
            let log = MemoryLog(entries: TesseraLogTests.entries.prefix(size).map { utf8($0) })
            #expect(log.files.count == 2)
            for (path, content) in log.files { #expect(try Vectors.file("tessera-log/\(path)") == content) }
            #expect(try checkpoint(size).checkpoint.root == log.range.root)
        }
    }

    @Test func receiptsAndConsistencyUnderTheirSignatures() throws {
        let log = MemoryLog(entries: TesseraLogTests.entries.map { utf8($0) })
        var builder = log.builder()
        for (index, entry) in TesseraLogTests.entries.enumerated() {
            let proof = TLogProof(
                index: UInt64(index), path: try builder.inclusionPath(of: UInt64(index)), checkpointNote: try Vectors.file("tessera-log/checkpoint.15"))
            #expect(try TLogProof(proof.bytes).verify(entry: utf8(entry), trust: trust()).checkpoint.size == 15)
        }
        let seven = try checkpoint(7).checkpoint, fifteen = try checkpoint(15).checkpoint
        try MerkleProof.verifyConsistency(
            from: 7, oldRoot: seven.root, to: 15, newRoot: fifteen.root, path: try builder.consistencyPath(from: 7))
    }
}
