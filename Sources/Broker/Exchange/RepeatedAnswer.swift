import BrokerProtocol
import NIOCore
import Storage
import Vocabulary

extension BrokerCore {
    /// The answer to a request that was answered before, under the receipt that it has already. Nil where the earlier entry is about another
    /// time of the agreement, another certificate or another answer: then this answer needs an entry of its own.
    ///
    /// No writer sees this path, so what the writer asks is asked here, after everything that takes time.
    func repeatedAnswer(
        _ exchange: Exchange, of memory: RequestMemory, after place: UInt64, rows: Int
    ) async throws(CallFault) -> [UInt8]? {
        guard memory.isOfTheSameTime(as: exchange) else { return nil }
        let client = exchange.call.caller.principal.number
        let now = NIODeadline.now().uptimeNanoseconds
        guard repetitions.withLock({ $0.admit(client, now: now) }) else { throw .busy(reason: "repetitions_too_frequent", stage: .request) }
        let again = exchange.again(memory)
        let batch = try await release(again, after: place, rows: rows)
        guard batch.matches(memory.entry, hasCase: exchange.form.canonicalCase != nil) else { return nil }
        let receipt = try await receipt(at: memory.index, exchange.call)
        try await requireUnchanged(exchange)
        return try answer(again, batch, AnswerReceipt(receipt), isRepeated: true)
    }

    private func requireUnchanged(_ exchange: Exchange) async throws(CallFault) {
        let generation = ledger.generation
        if generation != exchange.generation {
            try await read(exchange.call) { store throws(StorageFault) -> Verdict<Void> in
                if let fault = try exchange.change(since: generation, in: store) { return .refused(fault) }
                return .done(())
            }
        }
        if let fault = exchange.staleness(in: ledger.epochs, at: clock.now(), place: .repetition) { throw fault }
    }
}
