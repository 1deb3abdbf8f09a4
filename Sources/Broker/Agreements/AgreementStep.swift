import Agreements
import AuditTrail
import Cryptography
import Storage
import Vocabulary

/// One step on one agreement: the only path on which its state changes. State, entry, epoch and remark are one transaction.
struct AgreementStep: Sendable {
    /// Name of the ledger, which statements must name.
    let origin: String
    /// Why; nil for the usual reason of the step.
    var reason: ReasonCode?
    /// Result of the check against the live schemas; asked for at submission only.
    var dryRun = DryRun.notRun
    /// Kept outside the ledger beside the entry; empty for none.
    var comment = ""
    /// 16 random bytes for the comment's row.
    let salt: [UInt8]

    /// The agreement after the step.
    struct Outcome: Sendable {
        var stored: StoredAgreement
        var state: AgreementState
    }

    /// The state machine's answer, written down; or its refusal, with nothing changed.
    func apply(
        _ command: LifecycleCommand, to state: AgreementState?, of stored: StoredAgreement, by actor: LifecycleActor,
        in scope: inout ActScope
    ) throws(StorageFault) -> Verdict<Outcome> {
        let enrolled = try scope.areRecipientsEnrolled(state?.terms)
        let context = TransitionContext(
            origin: origin, reason: reason ?? command.kind.usualReason, dryRun: dryRun, recipientsEnrolled: enrolled)
        let next: AgreementState
        do throws(LifecycleRefusal) {
            next = try transition(state, command, by: actor, in: context, at: scope.now)
        } catch {
            return .refused(AgreementStep.fault(error))
        }
        return .done(try write(command, to: next, of: stored, by: actor, reason: context.reason, in: &scope))
    }

    private func write(
        _ command: LifecycleCommand, to next: AgreementState, of stored: StoredAgreement, by actor: LifecycleActor, reason: ReasonCode,
        in scope: inout ActScope
    ) throws(StorageFault) -> Outcome {
        var changed = stored
        changed.state = next.bytes
        changed.stateCode = next.phase.rawValue
        changed.terms = next.terms.bytes
        changed.termsDigest = next.termsDigest
        changed.title = next.terms.title
        // Tokens carry the epoch of the store; the lifecycle says when it rises, and both must name the same number.
        while try scope.store.epochs().epoch(of: .agreement(stored.id)) < next.epoch { _ = try scope.store.bump(.agreement(stored.id)) }
        var entry = AgreementEntry(
            agreement: stored.id, version: stored.version, transition: command.kind.name, actor: PrincipalNumber(0),
            organisation: OrganisationNumber(0), role: "", reason: reason.text, termsDigest: next.termsDigest, state: next.phase.rawValue,
            epoch: next.epoch, command: command.parameters)
        if case .officer(let officer) = actor {
            entry.actor = officer.principal
            entry.organisation = scope.caller.organisation.number
            entry.role = (command.role ?? AgreementStep.role(of: officer, for: command.kind, in: next.terms))?.rawValue ?? ""
        }
        if let proof = command.proof {
            entry.statement = AgreementEntry.SignedStatement(
                bytes: proof.statement.bytes, signature: proof.signature, certificate: scope.caller.certificate.thumbprint)
        }
        switch command {
        case .draft(let terms, let annex):
            entry.terms = terms.bytes
            entry.annexDigest = annex
        case .edit(let terms): entry.terms = terms.bytes
        case .changeAnnex(let digest): entry.annexDigest = digest
        default: break
        }
        changed.latestEntry = scope.record(.agreement(entry))
        if case .activate = command { changed.forceEntry = changed.latestEntry }
        try scope.store.put(changed)
        try scope.store.note(changed.latestEntry, about: .agreement(stored.id))
        if !comment.isEmpty { try scope.store.keep(Remark(entry: changed.latestEntry, salt: salt, text: comment)) }
        return Outcome(stored: changed, state: next)
    }

    /// What the person is told; a missing right is a denial, a missing condition is not.
    static func fault(_ refusal: LifecycleRefusal) -> CallFault {
        switch refusal {
        case .termsIncomplete(let problems), .dryRunFailed(let problems):
            .precondition(reason: refusal.code, remedy: refusal.message, problems: problems.map { $0.problem() })
        default:
            refusal.isDenial
                ? .denied(reason: refusal.code, paths: [], message: refusal.message)
                : .precondition(reason: refusal.code, remedy: refusal.message)
        }
    }

    /// In which of the officer's roles the step is taken, where the command does not say.
    private static func role(of officer: Officer, for kind: CommandKind, in terms: MaterialTerms) -> OfficerRole? {
        let candidates: [OfficerRole] =
            switch kind {
            case .draft, .edit: [.requester, .caseOfficer]
            case .submit: [.requester]
            case .withdraw: [OfficerRole.withdrawing(for: terms.party(officer.organisation)?.role)]
            case .takeUp: [.caseOfficer]
            case .giveBack: [.caseOfficer, .assetOwner] + OfficerRole.advisers
            case .suspend: [.onCallSecurity, .caseOfficer, .assetOwner]
            case .terminate: [.signatory]
            case .changeAnnex: [.requester, .caseOfficer]
            case .advise, .decide, .sign, .resume, .activate, .expire: []
            }
        return candidates.first { officer.roles.contains($0) } ?? officer.roles.min()
    }
}

extension LifecycleCommand {
    /// The role that the command itself names.
    fileprivate var role: OfficerRole? {
        switch self {
        case .advise(let proof), .decide(let proof), .sign(let proof): proof.statement.role
        case .resume(let role, _): role
        default: nil
        }
    }
}

extension ActScope {
    /// The caller as the lifecycle sees people: roles and delegations of this moment.
    func officer() throws(StorageFault) -> Officer {
        try Officer(caller, delegations: store.delegations(of: caller.principal.number))
    }

    /// Whether every recipient has a service with a certificate that can be used now.
    func areRecipientsEnrolled(_ terms: MaterialTerms?) throws(StorageFault) -> Bool {
        guard let terms else { return false }
        for party in terms.parties where party.role == .recipient {
            guard let organisation = try store.organisation(party.organisation), try hasService(organisation.number) else { return false }
        }
        return true
    }

    private func hasService(_ organisation: OrganisationNumber) throws(StorageFault) -> Bool {
        for principal in try store.principals(of: organisation) where principal.kind == .service && principal.status == .active {
            for certificate in try store.certificates(of: principal.number)
            where certificate.status == .active && certificate.notBefore <= now && now < certificate.notAfter {
                return true
            }
        }
        return false
    }
}

extension Officer {
    init(_ caller: Caller, delegations: [RegisteredDelegation]) {
        self.init(
            principal: caller.principal.number, organisation: caller.organisation.id,
            roles: Set(caller.principal.kind == .officer ? caller.principal.roles.compactMap { OfficerRole(rawValue: $0) } : []),
            delegations: delegations.filter { $0.status == .active }.compactMap { delegation in
                guard let label = PrivacyLabel(number: UInt64(delegation.maxSensitivity)) else { return nil }
                return Delegation(
                    from: delegation.from, until: delegation.until, maxLabel: label, maxRowsPerDay: delegation.maxRowsPerDay,
                    maxValuePence: delegation.maxValuePence, thirdParties: delegation.thirdParties)
            })
    }
}
