import Vocabulary

// Whether well-formed terms make sense together. Nothing here needs the outside world; `feasibility` does.
extension MaterialTerms {
    /// What is wrong with the terms as an agreement that is to be submitted on that day. All are errors.
    package func problems(on today: CalendarDate) -> [TermsProblem] {
        partyProblems() + periodProblems(on: today) + legalProblems() + datasets.flatMap { $0.problems() } + limitProblems() + dutyProblems()
    }

    private func partyProblems() -> [TermsProblem] {
        var problems: [TermsProblem] = []
        for role in [PartyRole.provider, .recipient] where !parties.contains(where: { $0.role == role }) {
            problems.append(TermsProblem(.missing, path: "parties", fault: "have no \(role.rawValue)", remedy: "Add the party with role: \(role.rawValue)."))
        }
        for party in parties where (party.role == .processor) != (party.controller == .processor) {
            problems.append(
                TermsProblem(
                    .contradiction, path: "parties[\(party.organisation)].controller", fault: "does not go with its role",
                    remedy: "A processor has role and controller kind processor; providers and recipients are controller or joint."))
        }
        for (key, lead) in [("subject_rights_lead", duties.subjectRightsLead), ("foi_lead", duties.freedomOfInformationLead)] {
            guard let lead, party(lead) == nil else { continue }
            problems.append(TermsProblem(.contradiction, path: "duties.\(key)", fault: "is not a party", remedy: "Name one of the parties."))
        }
        return problems
    }

    private func periodProblems(on today: CalendarDate) -> [TermsProblem] {
        var problems: [TermsProblem] = []
        if period.end < period.start {
            problems.append(TermsProblem(.dates, path: "period.end", fault: "is before the start", remedy: "Choose a later end or an earlier start."))
        }
        if period.end < today {
            problems.append(TermsProblem(.dates, path: "period.end", fault: "has passed", remedy: "Choose an end from \(today) on."))
        }
        if period.review < period.start || period.review > period.end {
            problems.append(TermsProblem(.dates, path: "period.review", fault: "is outside the period", remedy: "Choose a day from start to end."))
        }
        switch (version.value, supersedes) {
        case (1, .some):
            problems.append(TermsProblem(.contradiction, path: "supersedes", fault: "cannot stand in version 1", remedy: "Remove it."))
        case (2..., .none):
            problems.append(TermsProblem(.missing, path: "supersedes", fault: "is missing", remedy: "Name the version that this one replaces."))
        case (_, let earlier?) where earlier >= version:
            problems.append(TermsProblem(.contradiction, path: "supersedes", fault: "is not an earlier version", remedy: "Name the version before."))
        default: break
        }
        return problems
    }

    private func legalProblems() -> [TermsProblem] {
        var problems: [TermsProblem] = []
        func report(_ path: String, _ fault: String, _ remedy: String) {
            problems.append(TermsProblem(.legalBasis, path: path, fault: fault, remedy: remedy))
        }
        if law.gatewayCheck == .inconsistent {
            report("law.gateway_check", "is inconsistent", "Use a gateway that covers these parties and this purpose.")
        }
        if law.gatewayCheck == .needsLawyer, law.lawyerDetermination == nil {
            report("law.lawyer_determination", "is missing", "The gateway check needs a lawyer: add the determination.")
        }
        if law.needsReviewBoard, law.reviewBoardReference == nil {
            report("law.review_board_reference", "is missing", "The gateway needs a review board: add the reference of its decision.")
        }
        if security.privacyLabel == .specialCategory, law.article9 == nil {
            report("law.article_9", "is missing", "Special category data needs a condition of Article 9: state it.")
        }
        if impactAssessment.outcome == .doNotProceed {
            report("dpia.outcome", "is do-not-proceed", "Change the proposal and assess it again.")
        }
        if security.leavesUK, security.transferMechanism == nil {
            report("security.transfer_mechanism", "is missing", "Data leaves the UK: state the transfer mechanism.")
        }
        return problems
    }

    private func limitProblems() -> [TermsProblem] {
        guard limits.rowsPerCall > limits.rowsPerDay else { return [] }
        return [
            TermsProblem(
                .contradiction, path: "limits.rows_per_call", fault: "is over rows_per_day", remedy: "Lower it or raise the daily limit.")
        ]
    }

    private func dutyProblems() -> [TermsProblem] {
        var problems: [TermsProblem] = []
        if duties.onwardDisclosure == .asListed, duties.onwardText == nil {
            problems.append(TermsProblem(.missing, path: "duties.onward_text", fault: "is missing", remedy: "List who may be given the data, or prohibit it."))
        }
        if duties.linkage == .asListed || duties.reidentification == .asListed, duties.linkageText == nil {
            problems.append(TermsProblem(.missing, path: "duties.linkage_text", fault: "is missing", remedy: "List what may be linked or re-identified, or prohibit it."))
        }
        return problems
    }
}

extension DatasetTerms {
    func problems() -> [TermsProblem] {
        let place = "datasets[\(dataset)]"
        var problems: [TermsProblem] = []
        for (outer, inner) in zip(fields, fields.dropFirst()) where outer.path.contains(inner.path) {
            problems.append(
                TermsProblem(
                    .contradiction, path: "\(place).fields[\(inner.path)]", fault: "lies inside another listed field",
                    remedy: "Keep one rule for each field that holds a value."))
        }
        if operations != [.match], !fields.contains(where: { $0.transform.releases }) {
            problems.append(TermsProblem(.contradiction, path: "\(place).fields", fault: "release nothing", remedy: "Add the fields that the purpose needs."))
        }
        if operations.contains(.match), matchKeys.isEmpty {
            problems.append(TermsProblem(.missing, path: "\(place).match_keys", fault: "is missing", remedy: "List the fields that a match compares."))
        }
        if let from, let until, until < from {
            problems.append(TermsProblem(.dates, path: "\(place).until", fault: "is before from", remedy: "Choose a later day."))
        }
        if let rowFilter, rowFilter.nodeCount > TermsLimits.filterNodes {
            problems.append(
                TermsProblem(
                    .tooLarge, path: "\(place).row_filter", fault: "has \(rowFilter.nodeCount) conditions",
                    remedy: "Use at most \(TermsLimits.filterNodes); `in` takes many values as one."))
        }
        return problems
    }
}
