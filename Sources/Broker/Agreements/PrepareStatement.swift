import Agreements
import BrokerProtocol
import Cryptography
import Foundation
import Storage

extension BrokerCore {
    /// Writes no entry: what is prepared binds nobody until it comes back signed.
    func prepareStatement(
        _ request: Concordat_V1_PrepareStatementRequest, _ call: Call
    ) async throws(CallFault) -> Concordat_V1_PrepareStatementResponse {
        let id = try RequestFields.agreement(request.agreement)
        let role = try RequestFields.role(request.role, "role")
        guard let decision = StatementDecision(wire: request.decision), decision.belongs(to: role) else {
            throw .invalid(field: "decision", problem: "is not one that this role gives; advisers advise, owners decide, signatories sign")
        }
        let reason = request.reason.isEmpty ? "" : try RequestFields.text(request.reason, "reason", bytes: 1...configuration.limits.longTextBytes)
        guard !reason.isEmpty || !decision.needsReason else {
            throw .invalid(field: "reason", problem: "is missing; this decision needs one")
        }
        guard call.caller.has(role.rawValue) else {
            throw .denied(reason: "ROLE_MISSING", paths: [], message: "You do not have the role \(role.title). Ask a colleague who has it.")
        }
        let now = clock.now()
        let origin = configuration.origin
        return try await read(call) { store throws(StorageFault) in
            switch try BrokerCore.held(id, by: call.caller, in: store) {
            case .refused(let fault): return .refused(fault)
            case .done(let held):
                let statement = Statement(
                    origin: origin, terms: held.state.terms, role: role, decision: decision,
                    reasonDigest: reason.isEmpty ? nil : Digest.sha256(Array(reason.utf8)), time: now)
                // Whoever cannot send it is told so before a signature exists, and not after.
                let officer = try Officer(call.caller, delegations: store.delegations(of: call.caller.principal.number))
                do throws(LifecycleRefusal) {
                    let context = TransitionContext(origin: origin, reason: CommandKind.sign.usualReason)
                    try requireTakeable(statement, on: held.state, by: officer, in: context, at: now)
                } catch {
                    return .refused(AgreementStep.fault(error))
                }
                return .done(
                    .with {
                        $0.statement = Data(statement.bytes)
                        $0.terms = Data(held.state.terms.bytes)
                        $0.document = held.state.terms.document.wire
                        $0.termsDigest = Data(held.state.termsDigest.bytes)
                        $0.text = statement.text
                    })
            }
        }
    }
}
