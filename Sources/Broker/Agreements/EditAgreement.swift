import Agreements
import BrokerProtocol
import Storage
import Vocabulary

extension BrokerCore {
    /// Terms and annex are two steps, because they are two entries: either may stay as it was.
    func editAgreement(_ request: Concordat_V1_EditAgreementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        guard request.hasDocument else { throw .invalid(field: "document", problem: "is missing; send the whole terms") }
        let limits = configuration.limits
        let step = AgreementStep(origin: configuration.origin, salt: randomness.bytes(16))
        return try await act(call) { scope throws(StorageFault) in
            let held: HeldAgreement
            switch try BrokerCore.held(id, by: scope.caller, in: scope.store) {
            case .done(let found): held = found
            case .refused(let fault): return .refused(fault)
            }
            let terms: Terms
            switch try TermsCompletion.terms(request.document, agreement: id, version: held.stored.version, limits: limits, in: scope.store) {
            case .success(let read): terms = read
            case .failure(let fault): return .refused(fault.callFault(in: request.document))
            }
            let officer = try scope.officer()
            var outcome = AgreementStep.Outcome(stored: held.stored, state: held.state)
            if terms.annex.bytes != held.stored.annex, let salt = AnnexSalt(held.stored.annexSalt) {
                outcome.stored.annex = terms.annex.bytes
                switch try step.apply(
                    .changeAnnex(terms.annex.digest(salt: salt)), to: outcome.state, of: outcome.stored, by: .officer(officer), in: &scope)
                {
                case .refused(let fault): return .refused(fault)
                case .done(let changed): outcome = changed
                }
                guard terms.material != held.state.terms else { return .done(outcome.stored.change(outcome.state, at: scope.now)) }
            }
            switch try step.apply(.edit(terms.material), to: outcome.state, of: outcome.stored, by: .officer(officer), in: &scope) {
            case .refused(let fault): return .refused(fault)
            case .done(let changed): return .done(changed.stored.change(changed.state, at: scope.now))
            }
        }
    }
}
