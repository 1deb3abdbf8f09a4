@testable import Agreements
import Cryptography
import Vocabulary

/// People, keys and steps for the lifecycle tests: two boards, complete, with nobody holding two roles.
struct Road {
    static let origin = "ledger.example/broker-1"
    static let start = Timestamp("2026-11-23T12:00:00Z")!
    static let note = Digest.sha256(Array("a note".utf8))
    static let annex = Digest.sha256(Array("an annex".utf8))

    enum Side: String, CaseIterable {
        case leeds = "leeds-cc"
        case dwp
        case processor = "data-house"
        var organisation: OrganisationID { OrganisationID(rawValue)! }
    }

    struct Person {
        let officer: Officer
        let key: ES256PrivateKey
    }

    var state: AgreementState?
    var now = Road.start
    private(set) var people: [String: Person] = [:]

    init() throws {
        var number: UInt32 = 100
        for side in Side.allCases {
            for role in OfficerRole.allCases {
                number += 1
                people["\(side) \(role)"] = try Road.person(number, side, [role])
            }
        }
    }

    static let delegation = Delegation(
        from: Timestamp("2026-01-01T00:00:00Z")!, until: Timestamp("2030-01-01T00:00:00Z")!, maxLabel: .specialCategory,
        maxRowsPerDay: 100_000, maxValuePence: 0, thirdParties: true)

    static func person(
        _ number: UInt32, _ side: Side, _ roles: Set<OfficerRole>, delegations: [Delegation] = [Road.delegation]
    ) throws -> Person {
        Person(
            officer: Officer(
                principal: PrincipalNumber(number), organisation: side.organisation, roles: roles,
                delegations: roles.contains(.signatory) ? delegations : []),
            key: try ES256PrivateKey.generate())
    }

    func person(_ side: Side, _ role: OfficerRole) -> Person {
        people["\(side) \(role)"]!
    }

    func context(dryRun: DryRun = .passed, enrolled: Bool = true) -> TransitionContext {
        TransitionContext(origin: Road.origin, reason: ReasonCode("TEST")!, dryRun: dryRun, recipientsEnrolled: enrolled)
    }

    /// What a person signs on the present terms.
    func proof(
        _ person: Person, _ role: OfficerRole, _ decision: StatementDecision, reason: Digest? = nil, time: Timestamp? = nil,
        on terms: MaterialTerms? = nil
    ) throws -> VerifiedStatement {
        let terms = terms ?? state!.terms
        let statement = Statement(
            origin: Road.origin, terms: terms, role: role, decision: decision,
            reasonDigest: reason ?? (decision.needsReason ? Road.note : nil), time: time ?? now)
        return try VerifiedStatement(
            bytes: statement.bytes, signature: try person.key.sign(statement.signingInput), key: person.key.publicKey,
            signer: person.officer.principal, expected: StatementSubject(origin: Road.origin, terms: terms, role: role))
    }

    mutating func act(_ command: LifecycleCommand, by person: Person, _ context: TransitionContext? = nil) throws {
        state = try transition(state, command, by: .officer(person.officer), in: context ?? self.context(), at: now)
    }

    mutating func act(_ command: LifecycleCommand, _ side: Side, _ role: OfficerRole) throws {
        try act(command, by: person(side, role))
    }

    mutating func actAsSystem(_ command: LifecycleCommand, _ context: TransitionContext? = nil) throws {
        state = try transition(state, command, by: .system, in: context ?? self.context(), at: now)
    }

    mutating func draft(_ terms: MaterialTerms? = nil) throws {
        try act(.draft(try terms ?? TermsFixture.terms(), annex: Road.annex), .leeds, .requester)
    }

    mutating func toReview(_ terms: MaterialTerms? = nil) throws {
        try draft(terms)
        try act(.submit, .leeds, .requester)
        try act(.takeUp(.none), .dwp, .caseOfficer)
    }

    mutating func advise(_ side: Side, _ role: OfficerRole, _ decision: StatementDecision = .noConcern) throws {
        try act(.advise(try proof(person(side, role), role, decision)), side, role)
    }

    mutating func adviseAll(_ side: Side) throws {
        for role in OfficerRole.advisers { try advise(side, role) }
    }

    mutating func decide(
        _ side: Side, _ decision: StatementDecision = .approve, as role: OfficerRole = .assetOwner, reason: Digest? = nil
    ) throws {
        try act(.decide(try proof(person(side, role), role, decision, reason: reason)), side, role)
    }

    mutating func sign(_ side: Side) throws {
        try act(.sign(try proof(person(side, .signatory), .signatory, .sign)), side, .signatory)
    }

    mutating func toApproved(_ terms: MaterialTerms? = nil) throws {
        try toReview(terms)
        for side in [Side.dwp, .leeds] {
            try adviseAll(side)
            try decide(side)
        }
    }

    mutating func toSigned() throws {
        try toApproved()
        try sign(.dwp)
        try sign(.leeds)
    }

    mutating func toActive() throws {
        try toSigned()
        try actAsSystem(.activate)
    }

    /// An agreement in a phase, by the shortest way there.
    static func at(_ phase: Phase?) throws -> Road {
        var road = try Road()
        switch phase {
        case nil: break
        case .draft: try road.draft()
        case .submitted:
            try road.draft()
            try road.act(.submit, .leeds, .requester)
        case .inReview: try road.toReview()
        case .returned:
            try road.toReview()
            try road.act(.giveBack(comment: note), .dwp, .caseOfficer)
        case .approved: try road.toApproved()
        case .signed: try road.toSigned()
        case .active: try road.toActive()
        case .suspended:
            try road.toActive()
            try road.act(.suspend, .dwp, .onCallSecurity)
        case .terminated:
            try road.toActive()
            try road.act(.terminate(.atOnce), .leeds, .signatory)
        case .expired:
            try road.toActive()
            road.now = Timestamp("2027-11-01T00:00:00Z")!
            try road.actAsSystem(.expire)
        case .withdrawn:
            try road.draft()
            try road.act(.withdraw, .leeds, .requester)
        case .rejected:
            try road.toReview()
            try road.decide(.dwp, .reject)
        }
        return road
    }
}
