import Agreements
import AuditTrail
import BrokerProtocol
import Foundation
import Storage
import Vocabulary

extension BrokerCore {
    /// Most entries shown; an agreement has fewer in all its life.
    private static let maxEvents = 1_000

    func getAgreementHistory(_ request: Concordat_V1_GetAgreementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementHistory {
        let id = try RequestFields.agreement(request.agreement)
        return try await read(call) { store throws(StorageFault) in
            if case .refused(let fault) = try BrokerCore.held(id, by: call.caller, in: store) { return .refused(fault) }
            let newest = LedgerIndex(UInt64(Int64.max))
            let indices = try store.entries(about: .agreement(id), before: newest, limit: BrokerCore.maxEvents)
            var history = Concordat_V1_AgreementHistory()
            for index in indices.reversed() {
                guard let bytes = try store.entry(index) else { throw .corrupt("an entry of the ledger") }
                history.events.append(try BrokerCore.event(bytes, at: index, in: store))
            }
            return .done(history)
        }
    }

    private static func event(
        _ bytes: [UInt8], at index: LedgerIndex, in store: any StorageReading
    ) throws(StorageFault) -> Concordat_V1_AgreementHistory.Event {
        let entry: LedgerEntry
        do throws(EntryFault) {
            entry = try LedgerEntry(canonical: bytes)
        } catch {
            throw .corrupt("an entry of the ledger")
        }
        guard case .agreement(let act) = entry.body else { throw .corrupt("the index of an agreement's entries") }
        let organisation = try store.organisation(act.organisation)
        return .with {
            $0.ledgerIndex = index.value
            $0.at = entry.sequenced.microseconds
            $0.act = act.transition
            $0.state = Phase(rawValue: act.state)?.wire ?? .unspecified
            $0.principal = act.actor.value
            $0.organisation = organisation?.id.text ?? ""
            $0.reasonCode = act.reason
            $0.termsDigest = Data(act.termsDigest.bytes)
        }
    }
}
