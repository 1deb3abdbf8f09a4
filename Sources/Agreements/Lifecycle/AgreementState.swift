import Cryptography
import Vocabulary

/// Everything that the lifecycle knows of one agreement version. A value: a transition makes a new one. Two brokers, or the broker and an auditor,
/// that apply the same transitions have equal states and equal bytes.
package struct AgreementState: Hashable, Sendable {
    package internal(set) var terms: MaterialTerms
    /// Salted digest of the operational annex.
    package internal(set) var annexDigest: Digest?
    /// What was last recorded. What holds at a moment is `effectivePhase(at:)`.
    package internal(set) var phase: Phase
    /// Rises when tokens under this agreement must die.
    package internal(set) var epoch: UInt64
    /// Transitions so far.
    package internal(set) var revision: UInt64
    /// Everybody who drafted or edited, ascending. They never advise, decide or sign.
    package internal(set) var drafters: [PrincipalNumber]
    package internal(set) var submittedAt: Timestamp?
    package internal(set) var conflict: ConflictRecord?
    /// Advice, decisions and signatures on the present terms, in the order they came.
    package internal(set) var endorsements: [Endorsement]
    package internal(set) var approvedAt: Timestamp?
    package internal(set) var activatedAt: Timestamp?
    package internal(set) var suspensions: [Suspension]
    /// The UTC day on which a termination with notice takes effect.
    package internal(set) var terminatesOn: CalendarDate?

    package var agreement: AgreementID { terms.agreement }
    package var version: AgreementVersion { terms.version }
    package var termsDigest: Digest { terms.digest }

    /// The state as it counts at a moment. Expiry holds at use: whether somebody has recorded it makes no difference.
    package func effectivePhase(at now: Timestamp) -> Phase {
        switch phase {
        case .active, .suspended:
            if now >= terms.period.endsAt { return .expired }
            if let terminatesOn, now >= terminatesOn.startOfDayUTC { return .terminated }
            return phase
        case .draft, .submitted, .inReview, .returned, .approved, .signed, .terminated, .expired, .withdrawn, .rejected:
            return phase
        }
    }

    /// Whether data may flow under it at that moment.
    package func isInForce(at now: Timestamp) -> Bool {
        effectivePhase(at: now) == .active && now >= terms.period.startsAt
    }
}

/// What the case officer who took the case up declared.
package struct ConflictRecord: Hashable, Sendable {
    package let principal: PrincipalNumber
    package let declaration: ConflictDeclaration
}

// The boards.
extension AgreementState {
    /// The standing word of a party's role on the present terms.
    package func endorsement(of organisation: OrganisationID, as role: OfficerRole) -> Endorsement? {
        endorsements.first { $0.organisation == organisation && $0.role == role }
    }

    /// Advisers whose advice a controller still lacks.
    package func missingAdvice(of organisation: OrganisationID) -> [OfficerRole] {
        OfficerRole.advisers.filter { endorsement(of: organisation, as: $0) == nil }
    }

    /// Whether an adviser of the controller said that this must not proceed.
    package func isWarned(_ organisation: OrganisationID) -> Bool {
        OfficerRole.advisers.contains { endorsement(of: organisation, as: $0)?.decision == .mustNotProceed }
    }

    /// Whether an adviser of the controller said anything but "no concern".
    func hasConcern(_ organisation: OrganisationID) -> Bool {
        OfficerRole.advisers.contains { role in
            endorsement(of: organisation, as: role).map { $0.decision != .noConcern } ?? false
        }
    }

    /// Whether a controller's board is done with a yes.
    package func isBoardComplete(_ organisation: OrganisationID) -> Bool {
        guard missingAdvice(of: organisation).isEmpty, endorsement(of: organisation, as: .assetOwner)?.decision == .approve else { return false }
        guard isWarned(organisation) else { return true }
        return endorsement(of: organisation, as: .seniorRiskOwner)?.decision == .approve
    }

    package func hasSigned(_ organisation: OrganisationID) -> Bool {
        endorsement(of: organisation, as: .signatory) != nil
    }

    func hasAdvised(_ principal: PrincipalNumber) -> Bool {
        endorsements.contains { $0.principal == principal && OfficerRole.advisers.contains($0.role) }
    }

    func hasDecided(_ principal: PrincipalNumber) -> Bool {
        endorsements.contains { $0.principal == principal && ($0.role == .assetOwner || $0.role == .seniorRiskOwner) }
    }

    /// What the agreement still needs before its next state, in words, for the people who wait.
    package func outstanding(at now: Timestamp) -> [String] {
        switch effectivePhase(at: now) {
        case .draft, .returned: ["submission by a requester of the recipient"]
        case .submitted: ["a case officer of the provider to take it up"]
        case .inReview: terms.controllers.flatMap(outstandingOfBoard)
        case .approved: terms.parties.filter { !hasSigned($0.organisation) }.map { "signature for \($0.organisation)" }
        case .signed: ["the start date \(terms.period.start) and an enrolled certificate of each recipient"]
        case .suspended: suspensions.map(\.outstanding)
        case .active, .terminated, .expired, .withdrawn, .rejected: []
        }
    }

    private func outstandingOfBoard(_ party: Party) -> [String] {
        let organisation = party.organisation
        var needs = missingAdvice(of: organisation).map { "advice of \(organisation)'s \($0.title)" }
        if endorsement(of: organisation, as: .assetOwner) == nil {
            needs.append("decision of \(organisation)'s \(OfficerRole.assetOwner.title)")
        }
        if isWarned(organisation), endorsement(of: organisation, as: .seniorRiskOwner) == nil {
            needs.append("acceptance of a departure from advice by \(organisation)'s \(OfficerRole.seniorRiskOwner.title)")
        }
        return needs
    }
}
