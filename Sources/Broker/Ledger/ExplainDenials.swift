import Agreements
import AuditTrail
import BrokerProtocol
import Ledger
import Storage
import Vocabulary

extension BrokerCore {
    /// Entries looked at for one answer, so that a caller who may see few of them costs no more than one who may see all.
    private static let maxScannedDenials = 1_000

    func explainDenials(_ request: Concordat_V1_ExplainDenialsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ExplainDenialsResponse {
        guard request.limit <= 100 else { throw .invalid(field: "limit", problem: "must be 1 to 100; leave it out for 10") }
        let limit = request.limit == 0 ? 10 : Int(request.limit)
        let client = request.clientID.isEmpty ? nil : try RequestFields.client(request.clientID, "client_id")
        let caller = call.caller
        guard caller.isAuditor || caller.principal.kind == .administrator || caller.has(OfficerRole.assetOwner.rawValue) else {
            throw .denied(reason: "NOT_FOR_THIS_ROLE", paths: [])
        }
        return try await read(call) { store throws(StorageFault) in
            var topic = LedgerTopic.denials
            if let client {
                guard let principal = try store.principal(client) else {
                    guard caller.isAuditor || caller.administersAll else { return .done(Concordat_V1_ExplainDenialsResponse()) }
                    return .refused(.notFound(what: "a principal of this name", field: "client_id"))
                }
                topic = .denialsOf(principal.number)
            }
            var answer = Concordat_V1_ExplainDenialsResponse()
            let newest = LedgerIndex(UInt64(Int64.max))
            for index in try store.entries(about: topic, before: newest, limit: BrokerCore.maxScannedDenials) where answer.denials.count < limit {
                if let denial = try BrokerCore.denial(at: index, for: caller, in: store) { answer.denials.append(denial) }
            }
            return .done(answer)
        }
    }

    /// Nil where the caller may not see it: others see refusals of their own people and services, and those under agreements they are party to.
    private static func denial(at index: LedgerIndex, for caller: Caller, in store: any StorageReading) throws(StorageFault) -> Concordat_V1_Denial? {
        guard let bytes = try store.entry(index) else { throw .corrupt("an entry of the ledger") }
        let entry: LedgerEntry
        do throws(EntryFault) {
            entry = try LedgerEntry(canonical: bytes)
        } catch {
            throw .corrupt("an entry of the ledger")
        }
        guard case .denial(let denial) = entry.body else { throw .corrupt("the index of denials") }
        let remarks = try store.remarks(at: index)
        let agreement = remarks.first { $0.text.hasPrefix("agreement ") }.flatMap { AgreementID(String($0.text.dropFirst("agreement ".count))) }
        let isParty = try agreement.flatMap { id throws(StorageFault) in try store.agreement(id) }?.parties.contains(caller.organisation.number) ?? false
        guard caller.isAuditor || caller.administersAll || denial.organisation == caller.organisation.number || isParty else { return nil }
        let organisation = try store.organisation(denial.organisation)
        let principal = try store.principal(denial.principal)
        return .with {
            $0.ledgerIndex = index.value
            $0.at = entry.sequenced.microseconds
            $0.organisation = organisation?.id.text ?? ""
            $0.principal = principal?.id.text ?? ""
            $0.method = denial.method
            $0.reason = denial.reason
            $0.agreement = agreement?.text ?? ""
            $0.count = denial.count
            $0.fields = remarks.filter { $0.text.hasPrefix("field ") }.map { String($0.text.dropFirst("field ".count)) }
        }
    }
}
