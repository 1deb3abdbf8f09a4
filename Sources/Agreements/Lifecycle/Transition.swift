import Vocabulary

/// The one function that moves agreements. Pure and total: the same state, command, actor, context and moment give the same answer to the broker and to
/// an auditor's replay. `state` is nil before the draft. Throws a refusal, with the state unchanged.
///
/// Each state is a function below with a row for every command, and none has a default: a new state or command does not compile without its rows.
package func transition(
    _ state: AgreementState?, _ command: LifecycleCommand, by actor: LifecycleActor, in context: TransitionContext, at now: Timestamp
) throws(LifecycleRefusal) -> AgreementState {
    guard let state else { return try openingRow(command, by: actor, at: now) }
    let step = LifecycleStep(state: state, kind: command.kind, actor: actor, context: context, now: now)
    switch state.phase {
    case .draft, .returned: return try draftRow(step, command)
    case .submitted: return try submittedRow(step, command)
    case .inReview: return try reviewRow(step, command)
    case .approved: return try approvedRow(step, command)
    case .signed: return try signedRow(step, command)
    case .active: return try activeRow(step, command)
    case .suspended: return try suspendedRow(step, command)
    case .terminated, .expired, .withdrawn, .rejected: throw .notPossible(state.phase, command.kind)
    }
}

/// Refuses a statement that its officer could not send if they signed it now, for the same reason: nobody should sign what cannot be taken.
package func requireTakeable(
    _ statement: Statement, on state: AgreementState, by officer: Officer, in context: TransitionContext, at now: Timestamp
) throws(LifecycleRefusal) {
    let kind = statement.decision.step
    let step = LifecycleStep(state: state, kind: kind, actor: .officer(officer), context: context, now: now)
    guard state.phase.steps.contains(kind) else { throw step.notPossible }
    _ = switch statement.decision {
    case .noConcern, .concern, .mustNotProceed: try step.adviser(statement, nil)
    case .approve, .reject: try step.decider(statement, nil)
    case .sign: try step.signatory(statement, nil)
    }
}

extension StatementDecision {
    /// The step that sends it.
    fileprivate var step: CommandKind {
        switch self {
        case .noConcern, .concern, .mustNotProceed: .advise
        case .approve, .reject: .decide
        case .sign: .sign
        }
    }
}

extension Phase {
    /// What people can do in this state, each with its role: the steps that a row below answers.
    var steps: [CommandKind] {
        switch self {
        case .draft, .returned: [.edit, .submit, .withdraw, .changeAnnex]
        case .submitted: [.takeUp, .withdraw, .changeAnnex]
        case .inReview: [.advise, .decide, .giveBack, .changeAnnex]
        case .approved: [.sign, .withdraw, .changeAnnex]
        case .signed: [.withdraw, .changeAnnex]
        case .active: [.suspend, .terminate, .changeAnnex]
        case .suspended: [.resume, .suspend, .terminate, .changeAnnex]
        case .terminated, .expired, .withdrawn, .rejected: []
        }
    }
}

private func openingRow(
    _ command: LifecycleCommand, by actor: LifecycleActor, at now: Timestamp
) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .draft(let terms, let annex):
        return try LifecycleStep.opened(terms, annex: annex, by: actor)
    case .edit, .submit, .takeUp, .giveBack, .advise, .decide, .sign, .activate, .suspend, .resume, .terminate, .expire, .withdraw,
        .changeAnnex:
        throw .notPossible(nil, command.kind)
    }
}

private func draftRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .edit(let terms): return try step.edited(terms)
    case .submit: return try step.submitted()
    case .withdraw: return try step.withdrawn()
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .takeUp, .giveBack, .advise, .decide, .sign, .activate, .suspend, .resume, .terminate, .expire:
        throw step.notPossible
    }
}

private func submittedRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .takeUp(let conflict): return try step.takenUp(conflict)
    case .withdraw: return try step.withdrawn()
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .edit, .submit, .giveBack, .advise, .decide, .sign, .activate, .suspend, .resume, .terminate, .expire:
        throw step.notPossible
    }
}

private func reviewRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .giveBack: return try step.givenBack()
    case .advise(let proof): return try step.advised(proof)
    case .decide(let proof): return try step.decided(proof)
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .edit, .submit, .takeUp, .sign, .activate, .suspend, .resume, .terminate, .expire, .withdraw:
        throw step.notPossible
    }
}

private func approvedRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .sign(let proof): return try step.signed(proof)
    case .withdraw: return try step.withdrawnUnused()
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .edit, .submit, .takeUp, .giveBack, .advise, .decide, .activate, .suspend, .resume, .terminate, .expire:
        throw step.notPossible
    }
}

private func signedRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .activate: return try step.activated()
    case .withdraw: return try step.withdrawnUnused()
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .edit, .submit, .takeUp, .giveBack, .advise, .decide, .sign, .suspend, .resume, .terminate, .expire:
        throw step.notPossible
    }
}

private func activeRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    case .suspend: return try step.suspended()
    case .terminate(let time): return try step.terminated(time)
    case .expire: return try step.expired()
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .edit, .submit, .takeUp, .giveBack, .advise, .decide, .sign, .activate, .resume, .withdraw:
        throw step.notPossible
    }
}

private func suspendedRow(_ step: LifecycleStep, _ command: LifecycleCommand) throws(LifecycleRefusal) -> AgreementState {
    switch command {
    // The other party may stop it too: each lifts its own stop.
    case .suspend: return try step.suspended()
    case .resume(let role, _): return try step.resumed(as: role)
    case .terminate(let time): return try step.terminated(time)
    case .expire: return try step.expired()
    case .changeAnnex(let digest): return try step.annexChanged(digest)
    case .draft, .edit, .submit, .takeUp, .giveBack, .advise, .decide, .sign, .activate, .withdraw:
        throw step.notPossible
    }
}
