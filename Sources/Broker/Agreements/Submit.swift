import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func submit(_ request: Concordat_V1_TransitionRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        let template = try stepFrom(comment: request.comment, reasonCode: request.reasonCode)
        return try await act(call) { scope throws(StorageFault) in
            switch try BrokerCore.held(id, by: scope.caller, in: scope.store) {
            case .refused(let fault): return .refused(fault)
            case .done(let held):
                guard request.version == 0 || request.version == held.stored.version.value else {
                    return .refused(.precondition(reason: "OTHER_VERSION", remedy: "The agreement has another version now. Read it again."))
                }
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
