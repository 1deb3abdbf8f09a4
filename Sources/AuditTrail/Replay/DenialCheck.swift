import Vocabulary

/// What one DENIAL says of who was refused, and in which call.
struct DenialCheck {
    let entry: DenialEntry
    let index: LedgerIndex
    let registry: ReplayedRegistry
    let agreements: ReplayedAgreements

    func check() throws(Breach) {
        try require(entry.count >= 1, .encoding, "it stands for no refusal")
        guard let principal = registry.principals[entry.principal] else {
            throw Breach(.parties, "principal \(entry.principal) was never registered")
        }
        try require(
            principal.record.organisation == entry.organisation, .parties,
            "principal \(entry.principal) is of organisation \(principal.record.organisation), not of \(entry.organisation)")
        // It may have been retired: that may be the reason.
        if let certificate = entry.certificate {
            try require(
                registry.certificates[certificate]?.record.principal == entry.principal, .parties,
                "its certificate was never enrolled for principal \(entry.principal)")
        }
        try checkMethod()
        if let named = entry.agreementEntry { try checkAgreement(named) }
    }

    /// Only a call for records is about an agreement, and only a stream is refused after a part of it has left.
    private func checkMethod() throws(Breach) {
        guard let service = CallName.service(of: entry.method) else { throw Breach(.unknownKind, "there is no call \(entry.method)") }
        try require(
            entry.agreementEntry == nil || service == .exchange, .reference, "a call of \(entry.method) is under no agreement, and it names one")
        try require(
            entry.reference == nil && entry.exchange == nil || entry.method == CallName.stream, .reference,
            "a call of \(entry.method) is refused before anything leaves, and it names an exchange")
    }

    /// The agreement may have been stopped since: that may be the reason. It was in force once, and the caller's organisation is a party.
    private func checkAgreement(_ named: LedgerIndex) throws(Breach) {
        try require(named < index, .reference, "it refers to entry \(named), which does not come before it")
        guard let step = agreements.byEntry[named] else { throw Breach(.reference, "entry \(named) is no step of an agreement") }
        try require(
            step.phase == .active, .reference, "entry \(named) leaves \(step.key.agreement) \(step.phase.rawValue), not active")
        guard let terms = agreements.states[step.key]?.terms, let organisation = registry.organisations[entry.organisation],
            terms.party(organisation.record.slug) != nil
        else { throw Breach(.parties, "organisation \(entry.organisation) is no party to \(step.key.agreement)") }
    }
}
