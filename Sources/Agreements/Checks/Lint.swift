import Vocabulary

// Doubts that a reviewer should raise: the terms can be carried out, but may take more than the purpose needs.
extension MaterialTerms {
    /// Warnings about minimisation and paperwork. `outlines` are the live schemas of the datasets, where the caller has them.
    package func lint(against outlines: [SchemaOutline], on today: CalendarDate) -> [TermsProblem] {
        var warnings: [TermsProblem] = []
        for terms in datasets {
            guard let outline = outlines.first(where: { $0.dataset == terms.dataset }) else { continue }
            warnings += terms.minimisation(against: outline)
        }
        return Array((warnings + paperwork(on: today)).prefix(TermsLimits.maxProblems))
    }

    private func paperwork(on today: CalendarDate) -> [TermsProblem] {
        var warnings: [TermsProblem] = []
        func warn(_ code: TermsProblem.Code, _ path: String, _ fault: String, _ remedy: String) {
            warnings.append(TermsProblem(code, .warning, path: path, fault: fault, remedy: remedy))
        }
        if impactAssessment.residualRisk == .high, !impactAssessment.icoConsulted {
            warn(.highRisk, "dpia.ico_consulted", "is false though the residual risk is high", "Consult the ICO first, or lower the risk.")
        }
        if purpose.automatedDecisions == .solelyAutomated {
            warn(.highRisk, "purpose.automated_decisions", "is solely-automated", "Add human review, or have the safeguards confirmed.")
        }
        if let review = impactAssessment.review, review < today {
            warn(.paperwork, "dpia.review", "has passed", "Review the assessment.")
        }
        if let expiry = security.assuranceExpiry, expiry < period.end {
            warn(.paperwork, "security.assurance_expiry", "is before the agreement's end", "Renew the assurance in time.")
        }
        for party in parties {
            guard let expiry = party.icoExpiry, expiry < period.end else { continue }
            warn(.paperwork, "parties[\(party.organisation)].ico_expiry", "is before the agreement's end", "Renew the registration in time.")
        }
        return warnings
    }
}

extension DatasetTerms {
    fileprivate func minimisation(against outline: SchemaOutline) -> [TermsProblem] {
        let place = "datasets[\(dataset)]"
        let released = fields.compactMap { rule in outline.field(rule.path).map { (rule: rule, field: $0) } }.filter { $0.rule.transform.releases }
        var warnings: [TermsProblem] = []
        for (rule, field) in released where rule.transform == .allow {
            let path = "\(place).fields[\(rule.path)]"
            switch field.role {
            case .directIdentifier, .subjectKey:
                warnings.append(
                    TermsProblem(
                        .directIdentifier, .warning, path: path, fault: "releases a direct identifier as it is",
                        remedy: "Mask or pseudonymise it unless the recipient must know it."))
            case .freeText:
                warnings.append(
                    TermsProblem(
                        .freeText, .warning, path: path, fault: "releases free text, which can hold anything",
                        remedy: "Leave it out unless the purpose needs the words themselves."))
            case .quasiIdentifier, .attribute, .consentFlag, .linkKey: break
            }
            if let coarse = released.first(where: { $0.rule.transform != .allow && isSameFact($0.field, field) }) {
                warnings.append(
                    TermsProblem(
                        .exactBesideGeneralised, .warning, path: path, fault: "is exact beside \(coarse.rule.path), which is not",
                        remedy: "Release one of the two: the exact value undoes the other's transform."))
            }
        }
        if rowFilter == nil, outline.fields.contains(where: { $0.label >= .personal }) {
            warnings.append(
                TermsProblem(
                    .everyRow, .warning, path: "\(place).row_filter", fault: "is missing, so every person's record is in reach",
                    remedy: "Limit the rows to those the recipient serves."))
        }
        return warnings
    }

    /// Whether two fields tell the same about a person, such as a postcode and a property reference number.
    private func isSameFact(_ left: FieldOutline, _ right: FieldOutline) -> Bool {
        guard left.path != right.path, !left.domain.isEmpty, !right.domain.isEmpty else { return false }
        return left.domain == right.domain || (DatasetTerms.places.contains(left.domain) && DatasetTerms.places.contains(right.domain))
    }

    private static let places: Set<String> = ["postcode", "uprn", "address", "outcode"]
}
