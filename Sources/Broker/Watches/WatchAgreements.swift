import Agreements
import BrokerProtocol
import Storage
import Vocabulary

extension BrokerCore {
    func watchAgreements(_ request: Concordat_V1_WatchAgreementsRequest, _ call: Call, to sink: any AnswerSink) async throws(CallFault) {
        let only = request.agreement.isEmpty ? nil : try RequestFields.agreement(request.agreement)
        var told: [AgreementID: LedgerIndex] = [:]
        try await watch(call) { (hasChanged) throws(CallFault) in
            guard hasChanged else { return }
            var last: AgreementID?
            repeat {
                // Each page is told before the next is read. What is drafted meanwhile is found at the next look.
                let page = try await changedAgreements(since: told, only: only, after: last, call)
                for (index, agreement) in page.changed {
                    told[index.id] = index.entry
                    try await sink.send(try ServiceMethod.encode(agreement))
                }
                last = page.last
            } while last != nil
        }
    }

    /// Which agreement, as of which entry.
    private struct AgreementMoment: Sendable {
        let id: AgreementID
        let entry: LedgerIndex
    }

    private struct ChangedPage: Sendable {
        var changed: [(AgreementMoment, Concordat_V1_Agreement)] = []
        var last: AgreementID?
    }

    /// Of some agreements those that the caller may see and that have a later entry than it was told of.
    private func changedAgreements(
        since told: [AgreementID: LedgerIndex], only: AgreementID?, after earlier: AgreementID?, _ call: Call
    ) async throws(CallFault) -> ChangedPage {
        let now = clock.now()
        let count = configuration.limits.agreementsAtOnce
        return try await read(call) { store throws(StorageFault) in
            var changed = ChangedPage()
            var found: [StoredAgreement] = []
            if let only {
                switch try BrokerCore.held(only, by: call.caller, in: store) {
                case .refused(let fault): return .refused(fault)
                case .done(let held): found = [held.stored]
                }
            } else {
                let page = try store.agreements(of: call.caller.isAuditor ? nil : call.caller.organisation.number, after: earlier, atMost: count)
                (found, changed.last) = (page.agreements, page.last)
            }
            for stored in found where told[stored.id] != stored.latestEntry {
                let agreement = stored.summary(try BrokerCore.state(of: stored), at: now)
                changed.changed.append((AgreementMoment(id: stored.id, entry: stored.latestEntry), agreement))
            }
            return .done(changed)
        }
    }
}
