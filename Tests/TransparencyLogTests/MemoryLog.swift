import Cryptography
import Foundation
import Testing
@testable import TransparencyLog

func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

enum Vectors {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Vectors")

    static func file(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }

    static func optionalFile(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: folder.appending(path: path))).map { [UInt8]($0) }
    }
}

/// The keys of the reference vectors: seeds are SHA-256 of two ASCII strings that say that they are no secrets.
enum Keys {
    static func signer() throws -> NoteSigner {
        try NoteSigner(
            name: #require(KeyName("ledger.example/broker-1")),
            privateKey: Ed25519PrivateKey(seed: Digest.sha256(utf8("govf test log key - not secret")).bytes))
    }

    static func witness(_ seed: String = "govf test witness key - not secret", _ name: String = "witness.example/w1") throws -> NoteSigner {
        try NoteSigner(
            name: #require(KeyName(name)), algorithm: .cosignature, privateKey: Ed25519PrivateKey(seed: Digest.sha256(utf8(seed)).bytes))
    }

    static func trust() throws -> LogTrust { LogTrust(logKey: try signer().verifierKey) }
}

/// A log in a dictionary, written with the module's own writer, for the verifier to read and for tests to falsify.
struct MemoryLog {
    var files: [String: [UInt8]] = [:]
    var range = CompactRange()
    let size: UInt64

    /// Entries are `prefix <i>`.
    init(size: Int, prefix: String = "entry") {
        self.init(entries: (0..<size).map { utf8("\(prefix) \($0)") })
    }

    init(entries: [[UInt8]]) {
        var edge = RightEdge()
        var bundle: [UInt8] = []
        size = UInt64(entries.count)
        for (index, entry) in entries.enumerated() {
            EntryBundle.append(entry, to: &bundle)
            let leaf = TreeHash.leaf(entry)
            range.append(leaf)
            var completed: [(TileCoordinate, [Digest])] = []
            edge.append(leaf) { completed.append(($0, $1)) }
            for (tile, hashes) in completed { files[tile.path] = HashTile.encode(hashes) }
            if index % 256 == 255 {
                files[BundleCoordinate(index: UInt64(index / 256)).path] = bundle
                bundle = []
            }
        }
        for (tile, hashes) in edge.partialTiles { files[tile.path] = HashTile.encode(hashes) }
        if !bundle.isEmpty { files[BundleCoordinate(index: size / 256, width: entries.count % 256).path] = bundle }
    }

    var checkpoint: Checkpoint {
        get throws { Checkpoint(origin: try Keys.signer().verifierKey.name, size: size, root: range.root) }
    }

    func note() throws -> [UInt8] { try checkpoint.signed(by: Keys.signer()).bytes }

    func verified() throws -> VerifiedCheckpoint { try Keys.trust().verify(note()) }

    func verify(
        against checkpoint: VerifiedCheckpoint, remembered: [Checkpoint] = [], minimumIndex: UInt64 = 0,
        visit: LogVerifier.Visit = { _, _ in true }
    ) throws(LogFault) -> LogReport {
        let files = files
        return try LogVerifier(checkpoint, minimumIndex: minimumIndex) { files[$0] }.verify(remembered: remembered, visit: visit)
    }

    func builder() -> ProofBuilder<TransparencyFault> {
        let files = files
        return ProofBuilder(size: size) { (tile: TileCoordinate) throws(TransparencyFault) -> [Digest] in
            try HashTile.decode(files[tile.path] ?? [], width: tile.width)
        }
    }
}

/// A small reproducible generator for mutations.
struct TestGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var value = state
        value ^= value >> 33
        value = value &* 0xff51_afd7_ed55_8ccd
        return value ^ value >> 33
    }
}
