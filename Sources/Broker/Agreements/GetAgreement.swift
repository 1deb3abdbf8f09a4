import Agreements
import AuditTrail
import BrokerProtocol
import Foundation
import Storage

extension BrokerCore {
    func getAgreement(_ request: Concordat_V1_GetAgreementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Agreement {
        let id = try RequestFields.agreement(request.agreement)
        let now = clock.now()
        return try await read(call) { store throws(StorageFault) in
            switch try BrokerCore.held(id, by: call.caller, in: store) {
            case .refused(let fault): return .refused(fault)
            case .done(let held):
                var agreement = held.stored.summary(held.state, at: now)
                agreement.terms = Data(held.state.terms.bytes)
                agreement.document = BrokerCore.document(held, for: call.caller).wire
                agreement.acts = try BrokerCore.acts(of: held.state, in: store)
                return .done(agreement)
            }
        }
    }

    /// Each advice, decision and signature with the entry that recorded it: the one of that officer, sequenced at that moment.
    private static func acts(of state: AgreementState, in store: any StorageReading) throws(StorageFault) -> [Concordat_V1_BoardAct] {
        let entries = try agreementEntries(state.agreement, in: store)
        return state.endorsements.map { endorsement in
            var act = endorsement.wire
            let own = entries.last { $0.act.actor == endorsement.principal && $0.sequenced == endorsement.at }
            act.ledgerIndex = own?.index.value ?? 0
            return act
        }
    }

    /// The annex names people: auditors see that it is there, by its digest in the ledger, and parties read it.
    private static func document(_ held: HeldAgreement, for caller: Caller) -> DocumentNode {
        guard !caller.isAuditor else { return held.state.terms.document }
        do throws(TermsFault) {
            return Terms(material: held.state.terms, annex: try OperationalAnnex(bytes: held.stored.annex)).document
        } catch {
            return held.state.terms.document
        }
    }
}
