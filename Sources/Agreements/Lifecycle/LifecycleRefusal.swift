import Vocabulary

/// Why a step is refused. The state is unchanged.
package enum LifecycleRefusal: Error, Hashable, Sendable {
    case notPossible(Phase?, CommandKind)
    case systemOnly(CommandKind)
    case officerOnly(CommandKind)
    case notAParty
    /// The officer's organisation is a party, but not one of these.
    case wrongSide([PartyRole])
    case roleMissing([OfficerRole])
    case otherAgreement
    case unchangedTerms
    case tooMany
    case termsIncomplete([TermsProblem])
    case dryRunNotRun
    case dryRunFailed([TermsProblem])
    case drafterMayNot(CommandKind)
    case adviserMayNotDecide
    case deciderMayNotAdvise
    case deciderMayNotSign
    case adviceMissing([OfficerRole])
    case adviceOfAnother
    case alreadyDecided
    case alreadySigned
    case nothingToAccept
    case reasonMissing
    case statementNotYours
    case statement(StatementFault)
    case statementTime
    case delegation(DelegationShortfall)
    case notStarted(CalendarDate)
    case ended(CalendarDate)
    case recipientsNotEnrolled
    case alreadySuspended
    case notSuspendingParty
    case suspenderMayNotResume
    case secondPersonNeeded
    case terminationDate
    case notDue

    /// A stable word for programs.
    package var code: String {
        switch self {
        case .notPossible: "NOT_POSSIBLE_IN_STATE"
        case .systemOnly: "SYSTEM_ONLY"
        case .officerOnly: "OFFICER_ONLY"
        case .notAParty: "NOT_A_PARTY"
        case .wrongSide: "WRONG_SIDE"
        case .roleMissing: "ROLE_MISSING"
        case .otherAgreement: "OTHER_AGREEMENT"
        case .unchangedTerms: "TERMS_UNCHANGED"
        case .tooMany: "TOO_MANY"
        case .termsIncomplete: "TERMS_INCOMPLETE"
        case .dryRunNotRun: "DRY_RUN_NOT_RUN"
        case .dryRunFailed: "DRY_RUN_FAILED"
        case .drafterMayNot: "DRAFTER_MAY_NOT"
        case .adviserMayNotDecide: "ADVISER_MAY_NOT_DECIDE"
        case .deciderMayNotAdvise: "DECIDER_MAY_NOT_ADVISE"
        case .deciderMayNotSign: "DECIDER_MAY_NOT_SIGN"
        case .adviceMissing: "ADVICE_MISSING"
        case .adviceOfAnother: "ADVICE_OF_ANOTHER"
        case .alreadyDecided: "ALREADY_DECIDED"
        case .alreadySigned: "ALREADY_SIGNED"
        case .nothingToAccept: "NOTHING_TO_ACCEPT"
        case .reasonMissing: "REASON_MISSING"
        case .statementNotYours: "STATEMENT_OF_ANOTHER"
        case .statement(let fault): fault.rawValue
        case .statementTime: "STATEMENT_TIME"
        case .delegation(let shortfall): shortfall.code
        case .notStarted: "NOT_STARTED"
        case .ended: "ENDED"
        case .recipientsNotEnrolled: "RECIPIENTS_NOT_ENROLLED"
        case .alreadySuspended: "ALREADY_SUSPENDED"
        case .notSuspendingParty: "NOT_SUSPENDING_PARTY"
        case .suspenderMayNotResume: "SUSPENDER_MAY_NOT_RESUME"
        case .secondPersonNeeded: "SECOND_PERSON_NEEDED"
        case .terminationDate: "TERMINATION_DATE"
        case .notDue: "NOT_DUE"
        }
    }

    /// Whether the caller lacks a right (rather than the agreement a condition): such refusals are denials in the ledger.
    package var isDenial: Bool {
        switch self {
        case .systemOnly, .officerOnly, .notAParty, .wrongSide, .roleMissing, .drafterMayNot, .adviserMayNotDecide, .deciderMayNotAdvise,
            .deciderMayNotSign, .statementNotYours, .statement, .statementTime, .delegation, .notSuspendingParty, .suspenderMayNotResume,
            .secondPersonNeeded:
            true
        case .notPossible, .otherAgreement, .unchangedTerms, .tooMany, .termsIncomplete, .dryRunNotRun, .dryRunFailed, .adviceMissing,
            .adviceOfAnother, .alreadyDecided, .alreadySigned, .nothingToAccept, .reasonMissing, .notStarted, .ended, .recipientsNotEnrolled,
            .alreadySuspended, .terminationDate, .notDue:
            false
        }
    }

    /// What is wrong and what to do, for the person.
    package var message: String {
        rightMessage ?? conditionMessage ?? code
    }

    /// For refusals that concern who acts.
    private var rightMessage: String? {
        switch self {
        case .systemOnly(let kind): "The step \(kind.name) is the broker's own. Nobody else takes it."
        case .officerOnly(let kind): "The step \(kind.name) is a person's. The broker does not take it."
        case .notAParty: "Your organisation is not a party to this agreement."
        case .wrongSide(let roles): "This step belongs to a \(roles.map(\.rawValue).joined(separator: " or ")). Ask an officer of that party."
        case .roleMissing(let roles):
            "This step needs the role \(roles.map(\.title).joined(separator: " or ")). Ask a colleague who has it, or your administrator to grant it."
        case .drafterMayNot(let kind):
            "You drafted or edited these terms, so you may not \(kind.name) on them. Ask a colleague who did not."
        case .adviserMayNotDecide: "You advised on these terms, so you may not decide on them. Ask another information asset owner."
        case .deciderMayNotAdvise: "You decided on these terms, so you may not advise on them. Ask another adviser."
        case .deciderMayNotSign: "You decided on these terms, so you may not sign them. Ask another signatory."
        case .statementNotYours: "The statement was signed by somebody else. Each person sends their own."
        case .statement(let fault): fault.message
        case .statementTime: "The statement's time is more than ten minutes old, ahead of the clock, or before this review. Prepare and sign it anew."
        case .delegation(let shortfall): "\(shortfall.sentence). Ask a signatory whose delegation covers it, or have it recorded in the register."
        case .notSuspendingParty: "Your organisation did not suspend this agreement. Who suspends, resumes."
        case .suspenderMayNotResume: "You suspended this agreement, so you may not resume it. Ask a colleague."
        case .secondPersonNeeded: "Resuming takes an information asset owner and a security adviser, two people. Ask the other one."
        case .notPossible, .otherAgreement, .unchangedTerms, .tooMany, .termsIncomplete, .dryRunNotRun, .dryRunFailed, .adviceMissing,
            .adviceOfAnother, .alreadyDecided, .alreadySigned, .nothingToAccept, .reasonMissing, .notStarted, .ended, .recipientsNotEnrolled,
            .alreadySuspended, .terminationDate, .notDue:
            nil
        }
    }

    private static func notPossible(_ kind: CommandKind, in phase: Phase?) -> String {
        guard let phase else { return "The step \(kind.name) is not possible before the agreement is drafted. Draft it first." }
        let possible = phase.steps.map(\.name)
        guard let last = possible.last else {
            return "The step \(kind.name) is not possible: the agreement is \(phase.rawValue), which is final. Draft a new one."
        }
        let list = possible.count == 1 ? last : possible.dropLast().joined(separator: ", ") + " or " + last
        return "The step \(kind.name) is not possible while the agreement is \(phase.rawValue). Possible now: \(list)."
    }

    /// For refusals that concern the agreement.
    private var conditionMessage: String? {
        switch self {
        case .notPossible(let phase, let kind):
            LifecycleRefusal.notPossible(kind, in: phase)
        case .otherAgreement: "The terms name another agreement or version. Keep the assigned ones."
        case .unchangedTerms: "The terms are the same as before, so there is nothing to change."
        case .tooMany: "Too many people or acts are on this agreement. Withdraw it and draft a new one."
        case .termsIncomplete(let problems): "The terms cannot be submitted yet: \(problems.first?.description ?? "they have problems.")"
        case .dryRunNotRun: "The terms were not tried against the live schemas. Run the check first."
        case .dryRunFailed(let problems): "The terms do not fit the live schemas: \(problems.first?.description ?? "the check failed.")"
        case .adviceMissing(let roles): "Advice is still missing from: \(roles.map(\.title).joined(separator: ", ")). Decide when it is there."
        case .adviceOfAnother: "A colleague has advised in this role, and only they may change that word. Return the case if it must be advised on anew."
        case .alreadyDecided: "Your organisation has decided on these terms. Return the case if something has come up since."
        case .alreadySigned: "Your organisation has signed these terms."
        case .nothingToAccept: "No advice of your organisation says that this must not proceed, so there is no departure to accept."
        case .reasonMissing: "This needs a reason. Prepare the statement with one."
        case .notStarted(let date): "The agreement starts on \(date)."
        case .ended(let date): "The agreement's last day was \(date). Draft a new one."
        case .recipientsNotEnrolled: "A recipient has no service with an enrolled certificate. Enrol one first."
        case .alreadySuspended: "Your organisation has suspended this agreement already."
        case .terminationDate: "A notice ends on a later day than today, before the agreement's end and any notice given before. Choose such a day."
        case .notDue: "Neither the end date nor the date of a notice has come."
        case .systemOnly, .officerOnly, .notAParty, .wrongSide, .roleMissing, .drafterMayNot, .adviserMayNotDecide, .deciderMayNotAdvise,
            .deciderMayNotSign, .statementNotYours, .statement, .statementTime, .delegation, .notSuspendingParty, .suspenderMayNotResume,
            .secondPersonNeeded:
            nil
        }
    }
}

extension DelegationShortfall {
    var code: String {
        switch self {
        case .missing: "DELEGATION_MISSING"
        case .notYetValid: "DELEGATION_NOT_YET_VALID"
        case .ended: "DELEGATION_ENDED"
        case .sensitivity: "DELEGATION_SENSITIVITY"
        case .volume: "DELEGATION_VOLUME"
        case .value: "DELEGATION_VALUE"
        case .thirdParty: "DELEGATION_THIRD_PARTY"
        }
    }
}
