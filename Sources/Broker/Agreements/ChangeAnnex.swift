import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func changeAnnex(_ request: Concordat_V1_ChangeAnnexRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        guard request.hasAnnex else { throw .invalid(field: "annex", problem: "is missing; send the whole annex") }
        let document = try DocumentNode(wire: request.annex, limits: configuration.limits)
        let annex: OperationalAnnex
        do throws(TermsFault) {
            annex = try OperationalAnnex(document: document)
        } catch {
            throw .invalidFields(error.problems.map { $0.problem(in: request.annex) })
        }
        let step = AgreementStep(origin: configuration.origin, salt: randomness.bytes(16))
        return try await act(call) { scope throws(StorageFault) in
            switch try BrokerCore.held(id, by: scope.caller, in: scope.store) {
            case .refused(let fault): return .refused(fault)
            case .done(let held):
                guard let salt = AnnexSalt(held.stored.annexSalt) else { throw StorageFault.corrupt("the annex salt of an agreement") }
                var stored = held.stored
                stored.annex = annex.bytes
                let officer = try scope.officer()
                switch try step.apply(.changeAnnex(annex.digest(salt: salt)), to: held.state, of: stored, by: .officer(officer), in: &scope) {
                case .refused(let fault): return .refused(fault)
                case .done(let outcome): return .done(outcome.stored.change(outcome.state, at: scope.now))
                }
            }
        }
    }
}
