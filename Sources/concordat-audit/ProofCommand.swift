import ArgumentParser
import Cryptography
import TransparencyLog

/// `concordat-audit proof INDEX LOG`.
struct ProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Writes a proof that an entry stands in the log (c2sp.org/tlog-proof).",
        discussion: "The proof is checked before it is written. With --entry the entry's bytes, which the proof is about, are written too. With --json one object has index, leaf hash, and the proof or its file.")

    @Argument(help: "The number of the entry, from 0.")
    var index: UInt64

    @OptionGroup var options: LogOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write the proof; standard output unless given.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Where to write the entry's bytes.", valueName: "file"))
    var entry: String?

    func run() throws {
        Watchdog.start(seconds: options.maxSeconds, json: options.json)
        let trust = try options.trust()
        let (proof, bytes) = try ProofCommand.prove(index, in: try options.reader(), trust: trust)
        if let entry { try RegularFile.write(bytes, to: entry) }
        if let output { try RegularFile.write(proof.bytes, to: output) }
        if options.json {
            try AuditOutput.line(ProofCommand.json(index, leaf: TreeHash.leaf(bytes), proof, writtenTo: output))
        } else if output == nil {
            try AuditOutput.write(proof.bytes)
        }
    }

    private struct Answer: Encodable {
        let index: UInt64
        let leaf: String
        /// The text of the proof, where it was not written to a file.
        let proof: String?
        let file: String?
    }

    /// What a program reads: the proof itself, or the file that holds it.
    static func json(_ index: UInt64, leaf: Digest, _ proof: TLogProof, writtenTo file: String?) -> String {
        let text = file == nil ? String(decoding: proof.bytes, as: UTF8.self) : nil
        return JSONText.encode(Answer(index: index, leaf: leaf.hex, proof: text, file: file))
    }

    /// A proof that verifies, with the entry that it is about.
    static func prove(_ index: UInt64, in source: any LogReading, trust: LogTrust) throws(AuditFailure) -> (TLogProof, [UInt8]) {
        let checkpoint = try LogAudit.checkpoint(source, trust)
        let size = checkpoint.checkpoint.size
        guard index < size else {
            throw AuditFailure(.usage, "the log has \(size) entries, numbered from 0: there is no entry \(index).")
        }
        var builder = ProofBuilder(size: size) { (tile: TileCoordinate) throws(AuditFailure) -> [Digest] in
            try hashes(tile, source)
        }
        let path = try builder.inclusionPath(of: index)
        let bytes = try bundle(of: index, size: size, source)
        let proof = TLogProof(index: index, path: path, checkpointNote: checkpoint.note)
        do throws(TransparencyFault) {
            _ = try proof.verify(entry: bytes, trust: trust)
        } catch {
            throw AuditFailure(.violated, "TAMPERED: entry \(index) or the tiles above it are not what was signed: \(error)")
        }
        return (proof, bytes)
    }

    private static func hashes(_ tile: TileCoordinate, _ source: any LogReading) throws(AuditFailure) -> [Digest] {
        for candidate in [tile, tile.full] {
            guard let bytes = try source.read(candidate.path, limit: Limits.tileWidth * Digest.byteCount) else { continue }
            do throws(TransparencyFault) {
                return Array(try HashTile.decode(bytes, width: candidate.width).prefix(tile.width))
            } catch { throw AuditFailure(.violated, "TAMPERED: \(candidate.path) is no tile: \(error)") }
        }
        throw AuditFailure(.unavailable, "NOT VERIFIED: \(tile.path) is missing.")
    }

    private static func bundle(of index: UInt64, size: UInt64, _ source: any LogReading) throws(AuditFailure) -> [UInt8] {
        let number = index / UInt64(Limits.tileWidth)
        let width = Int(min(UInt64(Limits.tileWidth), size - number * UInt64(Limits.tileWidth)))
        let wanted = BundleCoordinate(index: number, width: width)
        for candidate in [wanted, wanted.full] {
            guard let bytes = try source.read(candidate.path, limit: Limits.maxBundleBytes) else { continue }
            do throws(TransparencyFault) {
                return try EntryBundle.decode(bytes, width: candidate.width)[Int(index % UInt64(Limits.tileWidth))]
            } catch { throw AuditFailure(.violated, "TAMPERED: \(candidate.path) is no bundle: \(error)") }
        }
        throw AuditFailure(.unavailable, "NOT VERIFIED: \(wanted.path) is missing.")
    }
}
