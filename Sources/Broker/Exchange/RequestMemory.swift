import AuditTrail
import Cryptography
import Ledger
import Storage
import Vocabulary

/// What is remembered of a request id that the client has used before.
struct RequestMemory: Sendable {
    let index: LedgerIndex
    let entry: ExchangeEntry
    let exchange: ExchangeID
    let saltKey: [UInt8]

    /// Whether the entry tells under what these records would leave now: agreement, terms, counters, fields and certificate.
    func isOfTheSameTime(as exchange: Exchange) -> Bool {
        entry.agreementEntry == exchange.governed.stored.forceEntry && entry.termsDigest == exchange.governed.state.termsDigest
            && entry.epochs == exchange.token.claims.epochs && entry.certificate == exchange.call.caller.certificate.thumbprint
            && entry.fieldsReleased == exchange.program.releasedLeaves && entry.fieldsTransformed == exchange.program.transformedLeaves
    }
}

extension BrokerCore {
    /// The earlier answer to this request id; nil for a new one. The same id with another body is refused.
    func remembered(_ form: ExchangeForm, _ call: Call) async throws(CallFault) -> RequestMemory? {
        guard !form.requestID.isEmpty else { return nil }
        let client = call.caller.principal.number
        let evidence = evidence
        let id = evidence.name(ofRequest: form.requestID, client: client).bytes
        let digest = evidence.mark(ofBody: form.bodyDigest)
        return try await read(call) { store throws(StorageFault) in
            guard let earlier = try store.request(id, of: client, at: call.arrived) else { return .done(nil) }
            guard earlier.bodyDigest == digest else { return .refused(.alreadyExists(what: "another request with this request_id")) }
            guard let bytes = try store.entry(earlier.entry), let opening = try store.opening(earlier.entry) else { return .done(nil) }
            guard let exchange = try ExchangeEntry.stored(bytes) else { throw .corrupt("a remembered request") }
            do throws(CryptographyFault) {
                let key = try evidence.unwrap(opening.wrapped, exchange: exchange.exchange, part: exchange.part).saltKey
                return .done(RequestMemory(index: earlier.entry, entry: exchange, exchange: exchange.exchange, saltKey: key))
            } catch {
                throw .corrupt("the wrapped key of an exchange")
            }
        }
    }
}

extension ExchangeEntry {
    /// What an entry of our own log says, read back; nil for one of another kind.
    static func stored(_ canonical: [UInt8]) throws(StorageFault) -> ExchangeEntry? {
        do throws(EntryFault) {
            guard case .exchange(let body) = try LedgerEntry(canonical: canonical).body else { return nil }
            return body
        } catch {
            throw .corrupt("an entry of the ledger")
        }
    }
}
