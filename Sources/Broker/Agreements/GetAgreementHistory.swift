import Agreements
import AuditTrail
import BrokerProtocol
import Foundation
import Storage
import Vocabulary

extension BrokerCore {
    /// Most entries shown; an agreement has fewer in all its life.
    static let maxEvents = 1_000

    func getAgreementHistory(_ request: Concordat_V1_GetAgreementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementHistory {
        let id = try RequestFields.agreement(request.agreement)
        return try await read(call) { store throws(StorageFault) in
            let held: HeldAgreement
            switch try BrokerCore.held(id, by: call.caller, in: store) {
            case .refused(let fault): return .refused(fault)
            case .done(let found): held = found
            }
            let isParty = held.stored.parties.contains(call.caller.organisation.number) && !call.caller.isAuditor
            var history = Concordat_V1_AgreementHistory()
            for entry in try BrokerCore.agreementEntries(id, in: store) {
                var event = try BrokerCore.event(entry, in: store)
                if isParty { event.comment = try BrokerCore.comment(on: entry, for: call.caller.organisation.number, in: store) }
                history.events.append(event)
            }
            return .done(history)
        }
    }

    /// One step of an agreement as the ledger holds it.
    struct RecordedStep {
        let index: LedgerIndex
        let sequenced: Timestamp
        let act: AgreementEntry
    }

    /// Every step of an agreement, oldest first.
    static func agreementEntries(_ id: AgreementID, in store: any StorageReading) throws(StorageFault) -> [RecordedStep] {
        var steps: [RecordedStep] = []
        let newest = LedgerIndex(UInt64(Int64.max))
        for index in try store.entries(about: .agreement(id), before: newest, limit: maxEvents).reversed() {
            guard let bytes = try store.entry(index) else { throw .corrupt("an entry of the ledger") }
            let entry: LedgerEntry
            do throws(EntryFault) {
                entry = try LedgerEntry(canonical: bytes)
            } catch {
                throw .corrupt("an entry of the ledger")
            }
            guard case .agreement(let act) = entry.body else { throw .corrupt("the index of an agreement's entries") }
            steps.append(RecordedStep(index: index, sequenced: entry.sequenced, act: act))
        }
        return steps
    }

    /// What was said with a step; empty for none. The reasons of signed steps are shown to their own side, whose decider must answer them, and
    /// to nobody else: they may be privileged.
    private static func comment(
        on step: RecordedStep, for reader: OrganisationNumber, in store: any StorageReading
    ) throws(StorageFault) -> String {
        guard step.act.statement == nil || step.act.organisation == reader else { return "" }
        return try store.remarks(at: step.index).map(\.text).joined(separator: "\n")
    }

    private static func event(_ step: RecordedStep, in store: any StorageReading) throws(StorageFault) -> Concordat_V1_AgreementHistory.Event {
        let organisation = try store.organisation(step.act.organisation)
        return .with {
            $0.ledgerIndex = step.index.value
            $0.at = step.sequenced.microseconds
            $0.act = step.act.transition
            $0.state = Phase(rawValue: step.act.state)?.wire ?? .unspecified
            $0.principal = step.act.actor.value
            $0.organisation = organisation?.id.text ?? ""
            $0.reasonCode = step.act.reason
            $0.termsDigest = Data(step.act.termsDigest.bytes)
        }
    }
}
