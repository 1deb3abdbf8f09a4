import Agreements
import Cryptography
import Redaction
import Vocabulary

// How REGISTRY entries change the registry, and who may make them.
extension ReplayedRegistry {
    mutating func apply(_ entry: RegistryEntry, at index: LedgerIndex, _ moment: Timestamp) throws(Breach) {
        switch entry.subject {
        case .organisation(let record): try apply(record, entry)
        case .principal(let record): try apply(record, entry)
        case .role(let record): try apply(record, entry)
        case .delegation(let record): try apply(record, entry)
        case .certificate(let record): try apply(record, entry, at: index)
        case .dataset(let record): try apply(record, entry, at: moment)
        }
    }

    // MARK: Rights

    private var operatorNumber: OrganisationNumber? {
        organisations.values.first { $0.isOperator }?.record.number
    }

    /// Passes `init` while the registry is open, an administrator of the operator, and an administrator of the organisation where one is named.
    private func requireAdministrator(_ entry: RegistryEntry, of organisation: OrganisationNumber?) throws(Breach) {
        if entry.actor.value == 0 {
            try require(isOpen, .registryRight, "nobody is named who made this change")
            return
        }
        guard let actor = active(entry.actor), actor.record.kind == .administrator else {
            throw Breach(.registryRight, "principal \(entry.actor) is not an active administrator")
        }
        let own = actor.record.organisation
        try require(
            own == operatorNumber || own == organisation, .registryRight,
            "principal \(entry.actor) is an administrator of another organisation")
    }

    /// Tokens carry the counter, so whatever stops or changes what they rest on must raise it: standing still would leave them alive.
    private func requireEpoch(_ entry: RegistryEntry, after old: UInt64) throws(Breach) {
        try require(entry.epoch > old, .epochs, "the counter does not rise: it was \(old) and is \(entry.epoch)")
    }

    // MARK: Organisations and principals

    private mutating func apply(_ record: OrganisationRecord, _ entry: RegistryEntry) throws(Breach) {
        try requireAdministrator(entry, of: nil)
        switch entry.act {
        case .added:
            try require(
                record.number.value != 0 && organisations[record.number] == nil && number(of: record.slug) == nil, .registryRight,
                "organisation \(record.number) or its name is taken")
            // The first organisation is the one that runs `init`.
            let isOperator = operatorNumber == nil
            try require(isOperator || !record.isOperator, .registryRight, "there is an operator already")
            add(record, isOperator: isOperator, epoch: entry.epoch)
        case .changed, .retired:
            guard let known = organisations[record.number], known.record == record, known.isActive else {
                throw Breach(.registryRight, "organisation \(record.number) is not registered and active as the entry says")
            }
            try requireEpoch(entry, after: known.epoch)
            organisations[record.number]?.epoch = entry.epoch
            organisations[record.number]?.isActive = entry.act != .retired
        }
    }

    private mutating func apply(_ record: PrincipalRecord, _ entry: RegistryEntry) throws(Breach) {
        // An auditor reads everything, so only the operator's administrators make one.
        try requireAdministrator(entry, of: record.kind == .auditor && entry.act == .added ? nil : record.organisation)
        switch entry.act {
        case .added:
            try require(
                record.number.value != 0 && principals[record.number] == nil, .registryRight, "principal \(record.number) is taken")
            try require(
                organisations[record.organisation]?.isActive ?? false, .registryRight,
                "organisation \(record.organisation) is not registered and active")
            try require(
                (record.kind == .service) == (record.client != nil), .registryRight, "services have a client name, and nobody else has")
            if let client = record.client {
                try require(clients[client] == nil, .registryRight, "the client name \(client) is taken")
                clients[client] = record.number
            }
            principals[record.number] = Principal(record: record, epoch: entry.epoch, isActive: true)
        case .changed, .retired:
            guard let known = principals[record.number], known.record == record, known.isActive else {
                throw Breach(.registryRight, "principal \(record.number) is not registered and active as the entry says")
            }
            try requireEpoch(entry, after: known.epoch)
            principals[record.number]?.epoch = entry.epoch
            if entry.act == .retired { retire(record.number) }
        }
    }

    /// With a principal go its roles, delegations and certificates.
    private mutating func retire(_ number: PrincipalNumber) {
        principals[number]?.isActive = false
        principals[number]?.roles = []
        delegations = delegations.filter { $0.value.principal != number }
        for thumbprint in certificates.keys where certificates[thumbprint]?.record.principal == number {
            certificates[thumbprint]?.isActive = false
        }
    }

    private func subject(_ number: PrincipalNumber) throws(Breach) -> Principal {
        guard let principal = active(number) else { throw Breach(.registryRight, "principal \(number) is not registered and active") }
        return principal
    }

    private mutating func apply(_ record: RoleRecord, _ entry: RegistryEntry) throws(Breach) {
        let principal = try subject(record.principal)
        try requireAdministrator(entry, of: principal.record.organisation)
        guard let role = OfficerRole(rawValue: record.role) else { throw Breach(.registryRight, "there is no role \(record.role)") }
        try require(principal.record.kind == .officer, .registryRight, "only officers have roles")
        switch entry.act {
        case .added:
            try require(!principal.roles.contains(role), .registryRight, "principal \(record.principal) has the role already")
            principals[record.principal]?.roles.insert(role)
        case .retired:
            try require(principal.roles.contains(role), .registryRight, "principal \(record.principal) has no such role")
            principals[record.principal]?.roles.remove(role)
        case .changed: throw Breach(.registryRight, "roles are granted and removed, not changed")
        }
    }

    private mutating func apply(_ record: DelegationRecord, _ entry: RegistryEntry) throws(Breach) {
        let principal = try subject(record.principal)
        try requireAdministrator(entry, of: principal.record.organisation)
        switch entry.act {
        case .added:
            try require(usedDelegations.insert(record.number).inserted, .registryRight, "delegation \(record.number) is taken")
            try require(principal.roles.contains(.signatory), .registryRight, "only signatories have delegations")
            try require(
                record.from < record.until && PrivacyLabel(number: UInt64(record.maxSensitivity)) != nil, .registryRight,
                "delegation \(record.number) ends before it begins, or names no sensitivity")
            delegations[record.number] = record
        case .retired:
            try require(
                delegations[record.number] == record, .registryRight, "delegation \(record.number) is not in force as the entry says")
            delegations[record.number] = nil
        case .changed: throw Breach(.registryRight, "delegations are given and ended, not changed")
        }
    }

    // MARK: Certificates and datasets

    private mutating func apply(_ record: CertificateRecord, _ entry: RegistryEntry, at index: LedgerIndex) throws(Breach) {
        let principal = try subject(record.principal)
        try requireAdministrator(entry, of: principal.record.organisation)
        switch entry.act {
        case .added:
            try require(certificates[record.thumbprint] == nil, .registryRight, "the certificate is enrolled already")
            try require(record.notBefore < record.notAfter, .parties, "the certificate ends before it begins")
            do throws(CryptographyFault) {
                _ = try ES256PublicKey(spkiDER: record.publicKey)
            } catch { throw Breach(.parties, "the certificate's key is not a P-256 key") }
            certificates[record.thumbprint] = Certificate(record: record, index: index, isActive: true)
        case .retired:
            guard let known = certificates[record.thumbprint], known.isActive, known.record == record else {
                throw Breach(.registryRight, "the certificate is not enrolled and active as the entry says")
            }
            try requireEpoch(entry, after: principal.epoch)
            certificates[record.thumbprint]?.isActive = false
            principals[record.principal]?.epoch = entry.epoch
        case .changed: throw Breach(.registryRight, "certificates are enrolled and retired, not changed")
        }
    }

    private mutating func apply(_ record: DatasetRecord, _ entry: RegistryEntry, at moment: Timestamp) throws(Breach) {
        let isOwner = active(entry.actor).map { $0.record.organisation == record.owner && $0.roles.contains(.assetOwner) } ?? false
        if !isOwner { try requireAdministrator(entry, of: record.owner) }
        try require(
            organisations[record.owner]?.isActive ?? false, .registryRight, "organisation \(record.owner) is not registered and active")
        let known = datasets[record.id]
        switch entry.act {
        case .added: try require(known == nil, .registryRight, "the dataset \(record.id) is in the catalogue already")
        case .changed, .retired:
            try require(
                known?.isActive ?? false && known?.record.owner == record.owner, .registryRight,
                "the dataset \(record.id) is not in the catalogue as the entry says")
            try require(record.revision >= known?.record.revision ?? 0, .registryRight, "the revision of \(record.id) goes back")
        }
        var replaced = known?.replaced ?? [:]
        if let known, known.record.revision != record.revision {
            replaced[known.record.revision] = Dataset.Replaced(at: moment, rows: known.record.rows)
        }
        datasets[record.id] = Dataset(
            record: record, schema: try schema(record, known), isActive: entry.act != .retired, replaced: replaced)
    }

    private func schema(_ record: DatasetRecord, _ known: Dataset?) throws(Breach) -> DatasetSchema {
        if record.schema.isEmpty {
            guard let known, known.record.schemaDigest == record.schemaDigest else {
                throw Breach(.registryRight, "the schema of \(record.id) is missing")
            }
            return known.schema
        }
        let schema: DatasetSchema
        do throws(RedactionFault) {
            schema = try DatasetSchema(canonicalBytes: record.schema)
        } catch { throw Breach(.encoding, "the schema of \(record.id) is not in canonical form") }
        try require(schema.digest == record.schemaDigest, .encoding, "the schema of \(record.id) has another digest than the entry says")
        return schema
    }
}
