import Cryptography
import Vocabulary

/// One step under way: who may take it, and what it makes of the state. `Transition.swift` says which steps a state has.
struct LifecycleStep {
    let state: AgreementState
    let kind: CommandKind
    let actor: LifecycleActor
    let context: TransitionContext
    let now: Timestamp

    var notPossible: LifecycleRefusal { .notPossible(state.phase, kind) }

    /// The state after the step.
    private func next(_ change: (inout AgreementState) -> Void) -> AgreementState {
        var result = state
        result.revision += 1
        change(&result)
        return result
    }
}

// Drafting, submission, review.
extension LifecycleStep {
    static func opened(_ terms: MaterialTerms, annex: Digest?, by actor: LifecycleActor) throws(LifecycleRefusal) -> AgreementState {
        let officer = try officer(actor, .draft)
        try requireDrafter(officer, of: terms)
        return AgreementState(
            terms: terms, annexDigest: annex, phase: .draft, epoch: 1, revision: 1, drafters: [officer.principal], submittedAt: nil,
            conflict: nil, endorsements: [], approvedAt: nil, activatedAt: nil, suspensions: [], terminatesOn: nil)
    }

    func edited(_ terms: MaterialTerms) throws(LifecycleRefusal) -> AgreementState {
        let officer = try LifecycleStep.officer(actor, kind)
        try LifecycleStep.requireDrafter(officer, of: state.terms)
        try LifecycleStep.requireDrafter(officer, of: terms)
        guard terms.agreement == state.agreement, terms.version == state.version else { throw .otherAgreement }
        guard terms != state.terms else { throw .unchangedTerms }
        let drafters = Set(state.drafters).union([officer.principal])
        guard drafters.count <= TermsLimits.maxDrafters else { throw .tooMany }
        return next { result in
            result.terms = terms
            result.drafters = drafters.sorted()
            // Whatever was said, was said of other terms.
            result.endorsements = []
            result.approvedAt = nil
        }
    }

    func submitted() throws(LifecycleRefusal) -> AgreementState {
        _ = try officer([.requester], of: [.recipient])
        let problems = state.terms.problems(on: now.utcDate).filter { $0.severity == .error }
        guard problems.isEmpty else { throw .termsIncomplete(problems) }
        switch context.dryRun {
        case .notRun: throw .dryRunNotRun
        case .failed(let problems): throw .dryRunFailed(problems)
        case .passed: break
        }
        return next { result in
            result.phase = .submitted
            result.submittedAt = now
        }
    }

    func withdrawn() throws(LifecycleRefusal) -> AgreementState {
        _ = try officer([.requester], of: [.recipient])
        return next { $0.phase = .withdrawn }
    }

    /// After the boards have said yes and before anything flows: the recipient gives up what it asked for, or the provider takes back what
    /// its information asset owner decided.
    func withdrawnUnused() throws(LifecycleRefusal) -> AgreementState {
        let officer = try officer([.requester, .assetOwner], of: [.provider, .recipient])
        let role = OfficerRole.withdrawing(for: state.terms.party(officer.organisation)?.role)
        guard officer.roles.contains(role) else { throw .roleMissing([role]) }
        return next { $0.phase = .withdrawn }
    }

    func takenUp(_ declaration: ConflictDeclaration) throws(LifecycleRefusal) -> AgreementState {
        let officer = try officer([.caseOfficer], of: [.provider])
        return next { result in
            result.phase = .inReview
            result.conflict = ConflictRecord(principal: officer.principal, declaration: declaration)
        }
    }

    func givenBack() throws(LifecycleRefusal) -> AgreementState {
        _ = try officer([.caseOfficer, .assetOwner] + OfficerRole.advisers, of: [.provider, .recipient])
        return next { $0.phase = .returned }
    }

    func annexChanged(_ digest: Digest) throws(LifecycleRefusal) -> AgreementState {
        _ = try officer([.requester, .caseOfficer], of: [.provider, .recipient])
        try requireNotEnded()
        return next { $0.annexDigest = digest }
    }
}

// Advice, decisions, signatures.
extension LifecycleStep {
    /// Who may give that advice now: asked before it is signed, without a signer, and again when it comes back.
    func adviser(_ statement: Statement, _ signer: PrincipalNumber?) throws(LifecycleRefusal) -> Officer {
        let officer = try endorser(statement, signer, OfficerRole.advisers, of: [.provider, .recipient], since: state.submittedAt)
        guard !state.hasDecided(officer.principal) else { throw .deciderMayNotAdvise }
        guard state.endorsement(of: officer.organisation, as: .assetOwner) == nil else { throw .alreadyDecided }
        // A colleague's word cannot take the place of an adviser's: the adviser would be free to decide.
        let earlier = state.endorsement(of: officer.organisation, as: statement.role)
        guard earlier.map({ $0.principal == officer.principal }) ?? true else { throw .adviceOfAnother }
        return officer
    }

    func advised(_ proof: VerifiedStatement) throws(LifecycleRefusal) -> AgreementState {
        let officer = try adviser(proof.statement, proof.signer)
        return next { result in
            // An adviser's later word replaces their own earlier one until the board decides.
            result.endorsements.removeAll { $0.organisation == officer.organisation && $0.role == proof.statement.role }
            result.endorsements.append(Endorsement(proof, for: officer.organisation, at: now))
        }
    }

    /// Who may decide that now.
    func decider(_ statement: Statement, _ signer: PrincipalNumber?) throws(LifecycleRefusal) -> Officer {
        let officer = try endorser(statement, signer, [.assetOwner, .seniorRiskOwner], of: [.provider, .recipient], since: state.submittedAt)
        guard !state.hasAdvised(officer.principal) else { throw .adviserMayNotDecide }
        guard state.endorsement(of: officer.organisation, as: statement.role) == nil else { throw .alreadyDecided }
        if statement.role == .seniorRiskOwner {
            try requireDeparture(officer, statement)
        } else if statement.decision == .approve {
            let missing = state.missingAdvice(of: officer.organisation)
            guard missing.isEmpty else { throw .adviceMissing(missing) }
            guard !state.hasConcern(officer.organisation) || statement.reasonDigest != nil else { throw .reasonMissing }
        }
        return officer
    }

    func decided(_ proof: VerifiedStatement) throws(LifecycleRefusal) -> AgreementState {
        let officer = try decider(proof.statement, proof.signer)
        return next { result in
            result.endorsements.append(Endorsement(proof, for: officer.organisation, at: now))
            if proof.statement.decision == .reject {
                result.phase = .rejected
            } else if result.terms.controllers.allSatisfy({ result.isBoardComplete($0.organisation) }) {
                result.phase = .approved
                result.approvedAt = now
            }
        }
    }

    /// The senior information risk owner speaks only where the asset owner's yes departs from advice, and says why.
    private func requireDeparture(_ officer: Officer, _ statement: Statement) throws(LifecycleRefusal) {
        guard state.isWarned(officer.organisation), let decision = state.endorsement(of: officer.organisation, as: .assetOwner) else {
            throw .nothingToAccept
        }
        guard decision.principal != officer.principal else { throw .secondPersonNeeded }
        guard statement.reasonDigest != nil else { throw .reasonMissing }
    }

    /// Who may sign now.
    func signatory(_ statement: Statement, _ signer: PrincipalNumber?) throws(LifecycleRefusal) -> Officer {
        let officer = try endorser(statement, signer, [.signatory], of: [.provider, .recipient, .processor], since: state.approvedAt)
        guard !state.hasDecided(officer.principal) else { throw .deciderMayNotSign }
        guard !state.hasSigned(officer.organisation) else { throw .alreadySigned }
        if let shortfall = officer.shortfall(for: state.terms, at: now) { throw .delegation(shortfall) }
        guard now < state.terms.period.endsAt else { throw .ended(state.terms.period.end) }
        return officer
    }

    func signed(_ proof: VerifiedStatement) throws(LifecycleRefusal) -> AgreementState {
        let officer = try signatory(proof.statement, proof.signer)
        return next { result in
            result.endorsements.append(Endorsement(proof, for: officer.organisation, at: now))
            if result.terms.parties.allSatisfy({ result.hasSigned($0.organisation) }) { result.phase = .signed }
        }
    }
}

// In force, stopped, over.
extension LifecycleStep {
    func activated() throws(LifecycleRefusal) -> AgreementState {
        try requireSystem()
        guard now >= state.terms.period.startsAt else { throw .notStarted(state.terms.period.start) }
        guard now < state.terms.period.endsAt else { throw .ended(state.terms.period.end) }
        guard context.recipientsEnrolled else { throw .recipientsNotEnrolled }
        return next { result in
            result.phase = .active
            result.activatedAt = now
            result.epoch += 1
        }
    }

    func suspended() throws(LifecycleRefusal) -> AgreementState {
        try requireNotEnded()
        let suspension: Suspension
        switch actor {
        case .system:
            suspension = Suspension(organisation: nil, suspender: PrincipalNumber(0), at: now)
        case .officer:
            let officer = try officer([.onCallSecurity, .caseOfficer, .assetOwner], of: [.provider, .recipient])
            suspension = Suspension(organisation: officer.organisation, suspender: officer.principal, at: now)
        }
        guard !state.suspensions.contains(where: { $0.organisation == suspension.organisation }) else { throw .alreadySuspended }
        return next { result in
            result.phase = .suspended
            result.suspensions.append(suspension)
            result.epoch += 1
        }
    }

    func resumed(as role: OfficerRole) throws(LifecycleRefusal) -> AgreementState {
        try requireNotEnded()
        guard role == .assetOwner || role == .security else { throw .roleMissing([.assetOwner, .security]) }
        let officer = try officer([role], of: [.provider, .recipient])
        let index = try suspensionToLift(by: officer)
        let suspension = state.suspensions[index]
        guard suspension.suspender != officer.principal else { throw .suspenderMayNotResume }
        guard let first = suspension.consent else {
            let consent = ResumeConsent(organisation: officer.organisation, principal: officer.principal, role: role)
            return next { result in
                result.suspensions[index] = Suspension(
                    organisation: suspension.organisation, suspender: suspension.suspender, at: suspension.at, consent: consent)
            }
        }
        guard first.organisation == officer.organisation else { throw .notSuspendingParty }
        guard first.role != role, first.principal != officer.principal else { throw .secondPersonNeeded }
        return next { result in
            result.suspensions.remove(at: index)
            if result.suspensions.isEmpty { result.phase = .active }
        }
    }

    /// A party lifts its own stop; where it has none, a provider lifts the broker's.
    private func suspensionToLift(by officer: Officer) throws(LifecycleRefusal) -> Int {
        if let own = state.suspensions.firstIndex(where: { $0.organisation == officer.organisation }) { return own }
        guard let broker = state.suspensions.firstIndex(where: { $0.organisation == nil }),
            state.terms.party(officer.organisation)?.role == .provider
        else { throw .notSuspendingParty }
        return broker
    }

    func terminated(_ time: TerminationTime) throws(LifecycleRefusal) -> AgreementState {
        try requireNotEnded()
        _ = try officer([.signatory], of: [.provider, .recipient])
        switch time {
        case .atOnce:
            return next { $0.end(.terminated) }
        case .on(let date):
            let isBeforeNotice = state.terminatesOn.map { date < $0 } ?? true
            guard date > now.utcDate, date.startOfDayUTC < state.terms.period.endsAt, isBeforeNotice else { throw .terminationDate }
            return next { $0.terminatesOn = date }
        }
    }

    func expired() throws(LifecycleRefusal) -> AgreementState {
        try requireSystem()
        let effective = state.effectivePhase(at: now)
        guard effective == .expired || effective == .terminated else { throw .notDue }
        return next { $0.end(effective) }
    }
}

extension AgreementState {
    fileprivate mutating func end(_ phase: Phase) {
        self.phase = phase
        suspensions = []
        epoch += 1
    }
}

// Who may.
extension LifecycleStep {
    private static func officer(_ actor: LifecycleActor, _ kind: CommandKind) throws(LifecycleRefusal) -> Officer {
        switch actor {
        case .officer(let officer): return officer
        case .system: throw .officerOnly(kind)
        }
    }

    /// An officer of a party on one of these sides who has one of these roles.
    private func officer(_ roles: [OfficerRole], of sides: [PartyRole]) throws(LifecycleRefusal) -> Officer {
        let officer = try LifecycleStep.officer(actor, kind)
        guard let party = state.terms.party(officer.organisation) else { throw .notAParty }
        guard sides.contains(party.role) else { throw .wrongSide(sides) }
        guard !officer.roles.isDisjoint(with: roles) else { throw .roleMissing(roles) }
        return officer
    }

    /// A requester of a recipient, or a case officer of either side on its behalf.
    private static func requireDrafter(_ officer: Officer, of terms: MaterialTerms) throws(LifecycleRefusal) {
        guard let party = terms.party(officer.organisation) else { throw .notAParty }
        guard party.role != .processor else { throw .wrongSide([.provider, .recipient]) }
        guard officer.roles.contains(.caseOfficer) || (officer.roles.contains(.requester) && party.role == .recipient) else {
            throw .roleMissing(party.role == .recipient ? [.requester, .caseOfficer] : [.caseOfficer])
        }
    }

    private func requireSystem() throws(LifecycleRefusal) {
        switch actor {
        case .system: return
        case .officer: throw .systemOnly(kind)
        }
    }

    private func requireNotEnded() throws(LifecycleRefusal) {
        switch state.effectivePhase(at: now) {
        case .expired: throw .ended(state.terms.period.end)
        case .terminated: throw .notPossible(.terminated, kind)
        case .draft, .submitted, .inReview, .returned, .approved, .signed, .active, .suspended, .withdrawn, .rejected: return
        }
    }

    /// The officer who gives a statement: in the right role, who drafted none of it, whose own fresh word on exactly these terms it is.
    /// `signer` is nil before it is signed.
    private func endorser(
        _ statement: Statement, _ signer: PrincipalNumber?, _ roles: [OfficerRole], of sides: [PartyRole], since opened: Timestamp?
    ) throws(LifecycleRefusal) -> Officer {
        guard roles.contains(statement.role) else { throw .statement(.otherRole) }
        let officer = try officer([statement.role], of: sides)
        guard !state.drafters.contains(officer.principal) else { throw .drafterMayNot(kind) }
        guard signer == nil || signer == officer.principal else { throw .statementNotYours }
        guard statement.origin == context.origin else { throw .statement(.otherLedger) }
        guard statement.agreement == state.agreement, statement.version == state.version else { throw .statement(.otherAgreement) }
        guard statement.termsDigest == state.termsDigest else { throw .statement(.otherTerms) }
        let skew = TermsLimits.statementSkewSeconds
        guard statement.time <= now.advanced(seconds: skew), statement.time >= now.advanced(seconds: -TermsLimits.statementAgeSeconds),
            statement.time >= (opened ?? statement.time).advanced(seconds: -skew)
        else { throw .statementTime }
        guard !statement.decision.needsReason || statement.reasonDigest != nil else { throw .reasonMissing }
        guard state.endorsements.count < TermsLimits.maxEndorsements else { throw .tooMany }
        return officer
    }
}
