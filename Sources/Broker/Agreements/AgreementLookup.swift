import Agreements
import AuditTrail
import BrokerProtocol
import Cryptography
import Storage
import Vocabulary

extension BrokerCore {
    /// A stored agreement with its state.
    struct HeldAgreement: Sendable {
        let stored: StoredAgreement
        let state: AgreementState
    }

    /// The newest version, where the caller may see it: parties and auditors. Others get the answer for what does not exist.
    static func held(_ id: AgreementID, by caller: Caller, in store: any StorageReading) throws(StorageFault) -> Verdict<HeldAgreement> {
        guard let stored = try store.agreement(id) else { return .refused(.notFound(what: "the agreement")) }
        guard caller.isAuditor || stored.parties.contains(caller.organisation.number) else {
            return .refused(.concealed(what: "the agreement", reason: "NOT_A_PARTY"))
        }
        return .done(HeldAgreement(stored: stored, state: try state(of: stored)))
    }

    /// What the caller of a step had before their eyes.
    struct SeenAgreement: Sendable {
        /// 0 where nothing is said.
        var version: UInt32 = 0
        /// Nil where nothing is said.
        var termsDigest: Digest?

        init() {}

        init(_ request: Concordat_V1_TransitionRequest) throws(CallFault) {
            version = request.version
            guard !request.termsDigest.isEmpty else { return }
            guard let digest = Digest([UInt8](request.termsDigest)) else {
                throw .invalid(field: "terms_digest", problem: "must be the 32 bytes of the agreement's terms_digest, or empty")
            }
            termsDigest = digest
        }

        func fault(of held: HeldAgreement) -> CallFault? {
            guard version == 0 || version == held.stored.version.value else {
                return .precondition(reason: "OTHER_VERSION", remedy: "The agreement has another version now. Read it again.")
            }
            guard termsDigest == nil || termsDigest == held.state.termsDigest else {
                return .precondition(reason: "OTHER_TERMS", remedy: "The terms were changed since you read them. Read them again.")
            }
            return nil
        }
    }

    /// The state of a stored agreement. Bytes that do not read back are damage, not a refusal.
    static func state(of stored: StoredAgreement) throws(StorageFault) -> AgreementState {
        do throws(TermsFault) {
            return try AgreementState(bytes: stored.state)
        } catch {
            throw .corrupt("the state of an agreement")
        }
    }

    /// One step by the calling officer on an agreement that the broker holds.
    func step(
        _ id: AgreementID, _ call: Call, seen: SeenAgreement = SeenAgreement(), _ step: AgreementStep,
        findings: [TermsProblem] = [],
        _ command: @escaping @Sendable (HeldAgreement, Caller) -> Verdict<LifecycleCommand>
    ) async throws(CallFault) -> AgreementStep.Outcome {
        try await act(call) { scope throws(StorageFault) in
            let held: HeldAgreement
            switch try BrokerCore.held(id, by: scope.caller, in: scope.store) {
            case .done(let found): held = found
            case .refused(let fault): return .refused(fault)
            }
            if let fault = seen.fault(of: held) { return .refused(fault) }
            switch command(held, scope.caller) {
            case .refused(let fault): return .refused(fault)
            case .done(let command):
                let officer = try scope.officer()
                return try step.apply(command, to: held.state, of: held.stored, by: .officer(officer), in: &scope)
            }
        }
    }

    /// The parts of a step that every transition request has.
    func stepFrom(comment: String, reasonCode: String) throws(CallFault) -> AgreementStep {
        var step = AgreementStep(origin: configuration.origin, salt: randomness.bytes(16))
        if !reasonCode.isEmpty {
            // It stands in the ledger for good, where no citizen's number may.
            guard let code = ReasonCode(reasonCode), !reasonCode.contains(where: \.isNumber) else {
                throw .invalid(
                    field: "reason_code", problem: "must be 1 to 64 of A-Z and _; it stays in the ledger, so write particulars into the comment instead")
            }
            step.reason = code
        }
        if !comment.isEmpty { step.comment = try RequestFields.text(comment, "comment", bytes: 1...configuration.limits.longTextBytes) }
        return step
    }

    /// What the ledger holds of a comment: its SHA-256 after 16 salt bytes, so that nobody can test guesses against it.
    static func commentDigest(_ step: AgreementStep) -> Digest {
        Digest.sha256(step.salt, Array(step.comment.utf8))
    }

    /// Ends what the system owes a signed agreement: in force when its day has come and its recipients are enrolled.
    static func activateIfDue(_ outcome: AgreementStep.Outcome, origin: String, in scope: inout ActScope) throws(StorageFault) -> AgreementStep.Outcome {
        guard outcome.state.phase == .signed else { return outcome }
        let step = AgreementStep(origin: origin, salt: [])
        return switch try step.apply(.activate, to: outcome.state, of: outcome.stored, by: .system, in: &scope) {
        case .done(let active): active
        case .refused: outcome
        }
    }
}
