import Agreements
import BrokerProtocol
import Cryptography
import Foundation
import Storage

extension BrokerCore {
    /// An advice, a decision or a signature: the statement is read, its signature checked with the key of the caller's registered certificate,
    /// and the step is taken. After the last signature the agreement goes into force in the same transaction, where its day has come.
    func signedStep(
        _ request: Concordat_V1_StatementRequest, _ call: Call, _ command: @escaping @Sendable (VerifiedStatement) -> LifecycleCommand
    ) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let bytes = [UInt8](request.statement)
        let statement: Statement
        do throws(TermsFault) {
            statement = try Statement(bytes: bytes)
        } catch {
            throw .invalid(field: "statement", problem: "is not a statement in canonical form; send the bytes that PrepareStatement gave")
        }
        var step = AgreementStep(origin: configuration.origin, salt: randomness.bytes(16))
        if !request.reason.isEmpty {
            step.comment = try RequestFields.text(request.reason, "reason", bytes: 1...configuration.limits.longTextBytes)
        }
        guard statement.reasonDigest == (step.comment.isEmpty ? nil : Digest.sha256(Array(step.comment.utf8))) else {
            throw .invalid(field: "reason", problem: "is not the one that the statement was prepared with; send the same text")
        }
        let signature = [UInt8](request.signature)
        return try await act(call) { [step] scope throws(StorageFault) in
            let held: HeldAgreement
            switch try BrokerCore.held(statement.agreement, by: scope.caller, in: scope.store) {
            case .done(let found): held = found
            case .refused(let fault): return .refused(fault)
            }
            let proof: VerifiedStatement
            switch BrokerCore.verify(bytes, signature, statement.role, of: scope.caller, about: held.state.terms, origin: step.origin) {
            case .done(let verified): proof = verified
            case .refused(let fault): return .refused(fault)
            }
            let officer = try scope.officer()
            switch try step.apply(command(proof), to: held.state, of: held.stored, by: .officer(officer), in: &scope) {
            case .refused(let fault): return .refused(fault)
            case .done(let outcome):
                let final = try BrokerCore.activateIfDue(outcome, origin: step.origin, in: &scope)
                return .done(final.stored.change(final.state, at: scope.now))
            }
        }
    }

    private static func verify(
        _ bytes: [UInt8], _ signature: [UInt8], _ role: OfficerRole, of caller: Caller, about terms: MaterialTerms, origin: String
    ) -> Verdict<VerifiedStatement> {
        let key: ES256PublicKey
        do throws(CryptographyFault) {
            key = try ES256PublicKey(spkiDER: caller.certificate.publicKey)
        } catch {
            return .refused(
                .precondition(
                    reason: "KEY_CANNOT_SIGN", remedy: "Your registered certificate has no P-256 key. Enrol one that has, to advise, decide or sign."))
        }
        do throws(StatementFault) {
            return .done(
                try VerifiedStatement(
                    bytes: bytes, signature: signature, key: key, signer: caller.principal.number,
                    expected: StatementSubject(origin: origin, terms: terms, role: role)))
        } catch {
            return .refused(.denied(reason: error.rawValue, paths: [], message: error.message))
        }
    }
}
