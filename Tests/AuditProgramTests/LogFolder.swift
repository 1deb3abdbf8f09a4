import Cryptography
import Foundation
import TransparencyLog

@testable import concordat_audit

/// A log in a folder of its own, signed with a key that is made from a name and protects nothing.
struct LogFolder {
    static let origin = "ledger.example/broker-1"

    let path: String
    let signer: NoteSigner

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        signer = NoteSigner(
            name: KeyName(LogFolder.origin)!,
            privateKey: try Ed25519PrivateKey(seed: Digest.sha256(Array("replay vector log key - not secret".utf8)).bytes))
    }

    var vkey: String { signer.verifierKey.vkey }

    /// The entries of a vector of the replay.
    static func vector(_ name: String) throws -> [[UInt8]] {
        struct Vector: Decodable { let entries: [String], prefix: Int? }
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/replay")
        let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
        let own = vector.entries.map { Hex.decode($0)! }
        guard let prefix = vector.prefix else { return own }
        return try Array(LogFolder.vector("base.json").prefix(prefix)) + own
    }

    /// Writes tiles, bundles and a signed checkpoint.
    func write(_ entries: [[UInt8]]) throws {
        var edge = RightEdge()
        for entry in entries { edge.append(TreeHash.leaf(entry)) { tile, hashes in write(HashTile.encode(hashes), to: tile.path) } }
        for (tile, hashes) in edge.partialTiles { write(HashTile.encode(hashes), to: tile.path) }
        for start in stride(from: 0, to: entries.count, by: Limits.tileWidth) {
            let part = Array(entries[start..<min(start + Limits.tileWidth, entries.count)])
            let bundle = BundleCoordinate(index: UInt64(start / Limits.tileWidth), width: part.count)
            write(EntryBundle.encode(part), to: bundle.path)
        }
        let checkpoint = Checkpoint(origin: KeyName(LogFolder.origin)!, size: UInt64(entries.count), root: edge.root)
        write(try checkpoint.signed(by: signer).bytes, to: "checkpoint")
    }

    func write(_ bytes: [UInt8], to name: String) {
        let url = URL(fileURLWithPath: path + "/" + name)
        try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? Data(bytes).write(to: url)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }

    /// What `verify` says of it.
    func verify(remembered: [Checkpoint] = []) throws(AuditFailure) -> LogAudit {
        try LogAudit.run(FolderLog(path), trust: LogTrust(logKey: signer.verifierKey), remembered: remembered)
    }

    func failure(remembered: [Checkpoint] = []) -> AuditFailure? {
        do throws(AuditFailure) {
            _ = try verify(remembered: remembered)
            return nil
        } catch { return error }
    }
}
