import Foundation
import GRDB
import Storage

/// A read-only connection with a thread of its own. Event loops await it; the reads that wait together share one transaction.
package final class SQLiteReader: StorageReader {
    /// One waiting read: runs, then answers when the whole batch has run.
    private struct Waiting: Sendable {
        let run: @Sendable (any StorageReading) -> @Sendable () -> Void
        let fail: @Sendable (StorageFault) -> Void
    }

    private let mailbox: Mailbox<Waiting>
    private let snapshot: SQLiteSnapshot

    /// Opens the database of a home and starts the thread, which ends with `close` or with the reader.
    package init(_ home: BrokerHome, limits: StorageLimits = StorageLimits()) throws(StorageFault) {
        let snapshot = try SQLiteSnapshot(home, limits: limits)
        let mailbox = Mailbox<Waiting>(capacity: limits.maxWaitingReads)
        self.snapshot = snapshot
        self.mailbox = mailbox
        let thread = Thread { SQLiteReader.serve(mailbox, from: snapshot) }
        thread.name = "storage-reader"
        thread.start()
    }

    deinit {
        mailbox.close()
    }

    /// Reads that wait are answered; later ones throw `.stopped`.
    package func close() {
        mailbox.close()
    }

    /// Reads that wait for the next transaction.
    package var waitingReads: Int { mailbox.count }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StorageReading) throws(StorageFault) -> Value
    ) async throws(StorageFault) -> Value {
        let outcome: Result<Value, StorageFault> = await withCheckedContinuation { continuation in
            let waiting = Waiting(
                run: { session in
                    let outcome: Result<Value, StorageFault>
                    do throws(StorageFault) { outcome = .success(try body(session)) } catch { outcome = .failure(error) }
                    return { continuation.resume(returning: outcome) }
                },
                fail: { fault in continuation.resume(returning: .failure(fault)) })
            switch mailbox.post(waiting) {
            case .accepted: break
            case .full: waiting.fail(.limit("too many reads are waiting; try again"))
            case .closed: waiting.fail(.stopped)
            }
        }
        return try outcome.get()
    }

    private static func serve(_ mailbox: Mailbox<Waiting>, from snapshot: SQLiteSnapshot) {
        var batch: [Waiting] = []
        while mailbox.drain(into: &batch, waiting: .seconds(3_600)) {
            guard !batch.isEmpty else { continue }
            let outcome: Result<[@Sendable () -> Void], StorageFault>
            do throws(StorageFault) {
                outcome = .success(try snapshot.read { session in batch.map { $0.run(session) } })
            } catch {
                outcome = .failure(error)
            }
            switch outcome {
            case .success(let answers): for answer in answers { answer() }
            case .failure(let fault): for waiting in batch { waiting.fail(fault) }
            }
        }
    }
}
