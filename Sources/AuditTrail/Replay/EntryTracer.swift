import Agreements
import Cryptography
import Redaction
import Vocabulary

/// Finds the words for an entry in the replayed state.
struct EntryTracer {
    typealias Section = EntryExplanation.Section

    let replay: AuditReplay
    let entry: LedgerEntry

    // MARK: Names

    private func name(_ organisation: OrganisationNumber) -> String {
        replay.registry.organisations[organisation].map { "\($0.record.slug) (organisation \(organisation))" } ?? "organisation \(organisation)"
    }

    private func name(_ principal: PrincipalNumber) -> String {
        guard principal.value != 0 else { return "the broker itself" }
        guard let known = replay.registry.principals[principal] else { return "principal \(principal), who is not registered" }
        let organisation = replay.registry.organisations[known.record.organisation]?.record.slug.text ?? "?"
        if let client = known.record.client { return "\(client) (service \(principal) of \(organisation))" }
        return "\(known.record.kind) \(principal) of \(organisation)"
    }

    private func paths(_ set: LeafSet, _ schema: DatasetSchema?) -> String {
        guard !set.isEmpty else { return "none" }
        let names = set.indexes.map { index in
            schema.flatMap { $0.leaves.indices.contains(index) ? $0.leaves[index].path.description : nil } ?? "field \(index)"
        }
        return names.joined(separator: ", ")
    }

    // MARK: Exchange

    func exchange(_ body: ExchangeEntry) -> [Section] {
        let schema = replay.registry.datasets[body.dataset]?.schema
        var sections = [
            Section(
                "What left",
                [
                    "\(body.rowsReleased) of \(body.rowsRead) rows read from \(body.dataset), revision \(body.datasetRevision), "
                        + "\(body.rowsSuppressed) withheld, \(body.bytesReleased) bytes",
                    "from \(name(body.provider)) to \(name(body.consumer))",
                    "asked by \(name(body.client)), in a \(body.operation.name) for \(body.purpose), under \(body.legalBasis)",
                    "arrived \(entry.arrived), recorded \(entry.sequenced), before anything was sent",
                    "fields as the source holds them: \(paths(body.fieldsReleased, schema))",
                    "fields transformed: \(paths(body.fieldsTransformed, schema))",
                    "fields asked for: \(paths(body.fieldsAsked, schema))",
                    "exchange \(body.exchange), part \(body.part)\(body.isLastPart ? " (the last)" : "")",
                ]),
            Section(
                "What proves the content, for whoever is given the openings",
                [
                    "request commitment \(body.requestCommitment)", "records root \(body.recordsRoot)", "subject tag \(body.subject)",
                ]),
        ]
        sections += agreement(namedBy: body)
        sections.append(token(of: body))
        return sections
    }

    private func agreement(namedBy body: ExchangeEntry) -> [Section] {
        guard let key = replay.agreements.byEntry[body.agreementEntry]?.key, let state = replay.agreements.states[key] else {
            return [Section("The agreement", ["entry \(body.agreementEntry), which it names, is no step of an agreement"])]
        }
        return [terms(state, dataset: body.dataset, entry: body.agreementEntry), road(key)]
    }

    private func terms(_ state: AgreementState, dataset: DatasetID, entry: LedgerIndex) -> Section {
        let terms = state.terms
        var lines = [
            "\(state.agreement), version \(state.version): \(terms.title)",
            "in force by entry \(entry); from \(terms.period.start) to \(terms.period.end), both days included, in UTC",
            "terms digest \(state.termsDigest)",
            "purpose \(terms.purpose.code): \(terms.purpose.text)",
            "legal basis \(terms.law.gateway): \(terms.law.gatewayText)",
            "at most \(terms.limits.rowsPerCall) rows a call, \(terms.limits.rowsPerDay) rows and \(terms.limits.callsPerDay) calls a day",
        ]
        lines += terms.parties.map { "\($0.role.rawValue): \($0.name) (\($0.organisation))" }
        for rule in terms.dataset(dataset)?.fields ?? [] {
            let parameters = rule.parameters.map { " \($0.name)=\($0.value)" }.joined()
            lines.append("\(rule.path): \(rule.transform)\(parameters), because: \(rule.necessity)")
        }
        if let filter = terms.dataset(dataset)?.rowFilter { lines.append("only rows where \(EntryTracer.text(filter))") }
        return Section("The agreement that allowed it", lines)
    }

    private static func text(_ filter: RowPredicate) -> String {
        switch filter {
        case .equals(let path, let value): "\(path) is \(value)"
        case .isIn(let path, let values): "\(path) is one of \(values.joined(separator: ", "))"
        case .and(let parts): "(" + parts.map(text).joined(separator: " and ") + ")"
        case .or(let parts): "(" + parts.map(text).joined(separator: " or ") + ")"
        }
    }

    /// Every step of an agreement, with what was signed.
    private func road(_ key: ReplayedAgreements.Key) -> Section {
        let steps = replay.agreements.history[key, default: []].map { step in
            var line = "entry \(step.index), \(step.at): \(step.entry.transition) by \(name(step.entry.actor))"
            if !step.entry.role.isEmpty { line += " as \(OfficerRole(rawValue: step.entry.role)?.title ?? step.entry.role)" }
            if let statement = step.entry.statement { line += ", \(word(statement)); signature good" }
            return line + ", \(step.entry.reason); then \(step.entry.state)"
        }
        return Section("Who drafted, advised, decided and signed", steps)
    }

    private func word(_ signed: AgreementEntry.SignedStatement) -> String {
        do throws(TermsFault) {
            return "who says: \(try Statement(bytes: signed.bytes).decision.rawValue)"
        } catch { return "whose statement cannot be read" }
    }

    private func token(of body: ExchangeEntry) -> Section {
        guard let token = replay.tokens.live[body.tokenDigest] else {
            return Section("The token", ["token \(body.tokenDigest) is not known at this place"])
        }
        let enrolled = replay.registry.certificates[body.certificate].map { "enrolled by entry \($0.index)" } ?? "never enrolled"
        return Section(
            "The token and the certificate",
            [
                "issued by entry \(token.index) to \(name(token.client)), good until \(token.grant.expiry)",
                token.parent.map { "exchanged for the token of entry \(replay.tokens.live[$0].map { "\($0.index)" } ?? "unknown")" } ?? "not exchanged for another",
                "bound to certificate \(body.certificate), \(enrolled)",
                "counters seen: agreement \(body.epochs.agreement), organisation \(body.epochs.organisation), client \(body.epochs.client), broker \(body.epochs.broker)",
            ] + allowed(token.grant.allowance))
    }

    // MARK: Other kinds

    func agreement(_ body: AgreementEntry) -> [Section] {
        var lines = [
            "\(body.agreement), version \(body.version): \(body.transition) by \(name(body.actor))",
            "recorded \(entry.sequenced), reason \(body.reason); then \(body.state)",
            "terms digest \(body.termsDigest)",
        ]
        if let statement = body.statement { lines.append("signed with certificate \(statement.certificate), \(word(statement))") }
        return [
            Section("A step of an agreement", lines),
            road(ReplayedAgreements.Key(agreement: body.agreement, version: body.version)),
        ]
    }

    func attempt(_ body: AttemptEntry) -> [Section] {
        guard let named = body.agreementEntry else {
            return [Section("An owner looks at a record of its own", ["by \(name(body.client)), in \(body.dataset)", "recorded \(entry.sequenced)"])]
        }
        return [
            Section("A source is about to be asked", ["for \(name(body.client)), in \(body.dataset), under the agreement of entry \(named)", "recorded \(entry.sequenced)"])
        ]
    }

    func denial(_ body: DenialEntry) -> [Section] {
        var lines = [
            "\(body.count == 1 ? "one refusal" : "\(body.count) refusals") of \(body.method) to \(name(body.principal))",
            "the true reason: \(body.reason) (found at the stage \(body.stage))",
            "recorded \(entry.sequenced)",
        ]
        if let named = body.agreementEntry { lines.append("under the agreement of entry \(named)") }
        return [Section("A refusal", lines)]
    }

    func token(_ body: TokenEntry) -> [Section] {
        switch body.act {
        case .issued(let grant), .exchanged(let grant, _):
            return [
                Section(
                    "A token was issued",
                    [
                        "to \(name(body.client)), under the agreement of entry \(grant.agreementEntry), good until \(grant.expiry)",
                        "bound to certificate \(grant.certificate)",
                    ] + allowed(grant.allowance))
            ]
        case .revoked(let actor, let reason): return [Section("A token was revoked", ["by \(name(actor)), reason \(reason)"])]
        }
    }

    private func allowed(_ allowance: TokenAllowance) -> [String] {
        let limits = allowance.limits
        return [
            "for \(allowance.purpose), version \(allowance.version); at most \(limits.rows) rows, \(limits.bytes) bytes and \(limits.calls) calls, "
                + "\(limits.rowsPerCall) rows a call"
        ] + allowance.datasets.map { dataset in
            let actions = dataset.actions.map(\.rawValue).joined(separator: ", ")
            return "\(actions) \(dataset.id): \(paths(dataset.fields, replay.registry.datasets[dataset.id]?.schema))"
        }
    }

    func registry(_ body: RegistryEntry) -> [Section] {
        let subject =
            switch body.subject {
            case .organisation(let record): "organisation \(record.number), \(record.slug)"
            case .principal(let record): name(record.number)
            case .role(let record): "role \(record.role) of \(name(record.principal))"
            case .delegation(let record): "delegation \(record.number) of \(name(record.principal)), \(record.from) to \(record.until)"
            case .certificate(let record): "certificate \(record.thumbprint) of \(name(record.principal)), valid \(record.notBefore) to \(record.notAfter)"
            case .dataset(let record): "dataset \(record.id) of \(name(record.owner)), revision \(record.revision), \(record.rows) rows"
            }
        return [
            Section("A change of the registry", ["\(body.act): \(subject)", "by \(name(body.actor)), reason \(body.reason)", "recorded \(entry.sequenced)"])
        ]
    }
}
