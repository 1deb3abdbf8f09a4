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
            for (index, agreement) in try await changedAgreements(since: told, only: only, call) {
                told[index.id] = index.entry
                try await sink.send(try ServiceMethod.encode(agreement))
            }
        }
    }

    /// Which agreement, as of which entry.
    private struct AgreementMoment: Sendable {
        let id: AgreementID
        let entry: LedgerIndex
    }

    /// Those that the caller may see and that have a later entry than it was told of.
    private func changedAgreements(
        since told: [AgreementID: LedgerIndex], only: AgreementID?, _ call: Call
    ) async throws(CallFault) -> [(AgreementMoment, Concordat_V1_Agreement)] {
        let now = clock.now()
        return try await read(call) { store throws(StorageFault) in
            var changed: [(AgreementMoment, Concordat_V1_Agreement)] = []
            var found: [StoredAgreement] = []
            if let only {
                switch try BrokerCore.held(only, by: call.caller, in: store) {
                case .refused(let fault): return .refused(fault)
                case .done(let held): found = [held.stored]
                }
            } else {
                found = try store.agreements(of: call.caller.isAuditor ? nil : call.caller.organisation.number)
            }
            for stored in found where told[stored.id] != stored.latestEntry {
                let agreement = stored.summary(try BrokerCore.state(of: stored), at: now)
                changed.append((AgreementMoment(id: stored.id, entry: stored.latestEntry), agreement))
            }
            return .done(changed)
        }
    }
}
