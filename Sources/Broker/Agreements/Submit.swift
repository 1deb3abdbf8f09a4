import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func submit(_ request: Concordat_V1_TransitionRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        let template = try stepFrom(comment: request.comment, reasonCode: request.reasonCode)
        let seen = try SeenAgreement(request)
        return try await act(call) { scope throws(StorageFault) in
            switch try BrokerCore.held(id, by: scope.caller, in: scope.store) {
            case .refused(let fault): return .refused(fault)
            case .done(let held):
                if let fault = seen.fault(of: held) { return .refused(fault) }
                let findings = try TermsTrial.findings(held.state.terms, today: scope.now.utcDate, in: scope.store)
                let errors = findings.filter { $0.severity == .error }
                var step = template
                step.dryRun = errors.isEmpty ? .passed : .failed(errors)
                let officer = try scope.officer()
                switch try step.apply(.submit, to: held.state, of: held.stored, by: .officer(officer), in: &scope) {
                case .refused(let fault): return .refused(fault)
                case .done(let outcome):
                    return .done(outcome.stored.change(outcome.state, at: scope.now, findings: findings.map { $0.wire(in: nil) }))
                }
            }
        }
    }
}
