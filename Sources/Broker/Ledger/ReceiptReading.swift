import AuditTrail
import BrokerProtocol
import Cryptography
import Foundation
import Ledger
import Storage
import TransparencyLog
import Vocabulary

extension BrokerCore {
    /// A receipt for an entry that was recorded earlier, at the newest signed checkpoint.
    func receipt(at index: LedgerIndex, _ call: Call) async throws(CallFault) -> Concordat_V1_Receipt {
        let checkpoint = ledger.checkpoint
        return try await read(call) { store throws(StorageFault) in
            guard index.value < checkpoint.size, let entry = try store.entry(index) else {
                return .refused(.notFound(what: "an entry with this index"))
            }
            return .done(try BrokerCore.receipt(index, entry, checkpoint, in: store))
        }
    }

    static func receipt(
        _ index: LedgerIndex, _ entry: [UInt8], _ checkpoint: (size: UInt64, note: [UInt8]), in store: any StorageReading
    ) throws(StorageFault) -> Concordat_V1_Receipt {
        var builder = proofBuilder(checkpoint, in: store)
        let path = try builder.inclusionPath(of: index.value)
        let proof = TLogProof(index: index.value, path: path, checkpointNote: checkpoint.note)
        return .with {
            $0.index = index.value
            $0.entry = Data(entry)
            $0.proof = String(decoding: proof.bytes, as: UTF8.self)
        }
    }

    /// Refuses a checkpoint that is not one of this log: its place is a DENIAL, where an auditor finds it, and not an exchange.
    func checkSeen(_ seen: (size: UInt64, root: Digest), _ call: Call) async throws(CallFault) {
        let checkpoint = ledger.checkpoint
        guard seen.size <= checkpoint.size else {
            throw .invalid(field: "seen.size", problem: "is larger than the log; send a checkpoint of this log")
        }
        let root: Digest = try await read(call) { store throws(StorageFault) in
            var builder = BrokerCore.proofBuilder(checkpoint, in: store)
            return .done(try builder.root(at: seen.size))
        }
        guard root == seen.root else { throw .denied(reason: "SEEN_CHECKPOINT_DIFFERS", paths: []) }
    }

    private static func proofBuilder(
        _ checkpoint: (size: UInt64, note: [UInt8]), in store: any StorageReading
    ) -> ProofBuilder<StorageFault> {
        let resources = LogResources(store, checkpoint: checkpoint)
        return ProofBuilder<StorageFault>(size: checkpoint.size) { tile throws(StorageFault) in
            guard let bytes = try resources.bytes(at: .tile(tile)) else { throw .corrupt("a tile of the log") }
            var hashes: [Digest] = []
            for start in stride(from: 0, to: bytes.count, by: Digest.byteCount) {
                guard let digest = Digest(bytes[start..<(start + Digest.byteCount)]) else { throw .corrupt("a tile of the log") }
                hashes.append(digest)
            }
            return hashes
        }
    }
}
