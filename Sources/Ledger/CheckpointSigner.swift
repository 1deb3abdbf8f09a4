import Cryptography
import Storage
import TransparencyLog

/// The only holder of the log's key. It remembers what it signed last and signs nothing that does not continue it, so that a fault
/// elsewhere cannot make the log fork: it checks the consistency path itself, from its own head.
struct CheckpointSigner {
    private let signer: NoteSigner
    private(set) var head: Checkpoint

    /// - Parameter remembered: the newest checkpoint that this key is known to have signed, or the one of the empty log.
    init(_ signer: NoteSigner, remembering remembered: Checkpoint) {
        self.signer = signer
        head = remembered
    }

    var verifierKey: VerifierKey { signer.verifierKey }

    /// The signed note of the tree (`size`, `root`). Signing the same tree again gives the same bytes.
    mutating func sign(size: UInt64, root: Digest, consistency path: [Digest]) throws(LedgerFault) -> [UInt8] {
        let next = Checkpoint(origin: head.origin, size: size, root: root)
        do throws(TransparencyFault) {
            // Every log continues the empty one, so for the first checkpoint there is nothing to check.
            if head.size > 0 || size == 0 {
                try MerkleProof.verifyConsistency(from: head.size, oldRoot: head.root, to: size, newRoot: root, path: path)
            }
            let note = try next.signed(by: signer).bytes
            head = next
            return note
        } catch {
            throw .inconsistent("the signer refuses size \(size) after \(head.size): \(error)")
        }
    }
}

/// The signer's memory across restarts: the newest checkpoint that it is known to have signed, in a file beside its key. Written at starts,
/// stops and heartbeats, so it may be behind by a minute, never ahead. An old database under a newer memory is a rollback.
struct SignerMemory {
    let path: String

    init(_ home: BrokerHome) {
        path = home.keys + "/ledger.head"
    }

    /// Nil where nothing was remembered yet.
    func recall(trust: LogTrust) throws(LedgerFault) -> Checkpoint? {
        let note: [UInt8]
        do throws(StorageFault) {
            guard let file = try OpenFile.read(path) else { return nil }
            try file.requirePrivate()
            note = try file.contents(limit: Limits.maxNoteBytes)
        } catch {
            throw .store(error)
        }
        do throws(TransparencyFault) {
            return try trust.verify(note).checkpoint
        } catch {
            throw .inconsistent("\(path) is not a checkpoint of this log (\(error))")
        }
    }

    /// Returns when the note is on stable storage in place of the older one.
    func remember(_ note: [UInt8]) throws(StorageFault) {
        let fresh = path + ".new"
        try OpenFile.remove(fresh)
        let file = try OpenFile.create(fresh)
        try file.write(note)
        try file.sync()
        try OpenFile.rename(fresh, to: path)
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        try OpenFile.folder(folder).sync()
    }
}
