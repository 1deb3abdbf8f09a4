import AuditTrail
import BrokerProtocol
import Ledger
import Storage
import Vocabulary

extension BrokerCore {
    /// Auditors get any entry's receipt; others those that name their organisation or themselves.
    func getReceipt(_ request: Concordat_V1_GetReceiptRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Receipt {
        guard request.index <= UInt64(Int64.max) else { throw .invalid(field: "index", problem: "is larger than any index of a log") }
        let index = LedgerIndex(request.index)
        let checkpoint = ledger.checkpoint
        return try await read(call) { store throws(StorageFault) in
            guard index.value < checkpoint.size, let bytes = try store.entry(index) else {
                return .refused(.notFound(what: "an entry with this index"))
            }
            if try !BrokerCore.mayHold(bytes, call.caller, in: store) {
                return .refused(.concealed(what: "an entry with this index", reason: "ENTRY_NAMES_OTHERS"))
            }
            return .done(try BrokerCore.receipt(index, bytes, checkpoint, in: store))
        }
    }

    private static func mayHold(_ bytes: [UInt8], _ caller: Caller, in store: any StorageReading) throws(StorageFault) -> Bool {
        if caller.isAuditor || caller.administersAll { return true }
        let entry: LedgerEntry
        do throws(EntryFault) {
            entry = try LedgerEntry(canonical: bytes)
        } catch {
            throw .corrupt("an entry of the ledger")
        }
        let own = caller.organisation.number
        switch entry.body {
        case .exchange(let exchange): return exchange.consumer == own || exchange.provider == own
        case .denial(let denial): return denial.organisation == own
        case .agreement(let agreement): return try store.agreement(agreement.agreement)?.parties.contains(own) ?? false
        case .token(let token): return token.client == caller.principal.number
        case .registry, .key, .heartbeat, .succession, .finding: return true
        case .attempt(let attempt): return attempt.client == caller.principal.number
        case .acknowledgement(let acknowledgement): return acknowledgement.client == caller.principal.number
        case .erasure(let erasure): return erasure.organisation == own
        case .oversight: return false
        }
    }
}
