import Storage
import TransparencyLog

/// The check of the start, for a copy of a log or a log that runs: entries, tiles, head and signed checkpoints fit each other, and it is no older than
/// what the signer remembered when the check was made.
package struct LogCheck: Sendable {
    private let identity: LogIdentity
    private let remembered: Checkpoint?
    private let memoryPath: String

    /// Takes the key and the signer's memory of `home`. What is read afterwards must be as new.
    package init(_ home: BrokerHome, in reading: any StorageReading) throws(LedgerFault) {
        identity = try LogIdentity(of: home, in: reading)
        let memory = SignerMemory(home)
        remembered = try memory.recall(trust: identity.trust)
        memoryPath = memory.path
    }

    /// The size and the newest time of the log that `reading` holds. `.rolledBack` where it is older than what was signed.
    package func head(of reading: any StorageReading) throws(LedgerFault) -> LedgerHead {
        let head = try Recovery(reading, identity, memory: remembered).head
        guard remembered != nil || head.size == 0 else { throw .forgotten(path: memoryPath, size: head.size) }
        return head
    }
}
