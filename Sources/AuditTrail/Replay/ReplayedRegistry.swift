import Agreements
import Cryptography
import Redaction
import Vocabulary

/// The registry and the catalogue as the ledger alone says they are, at one place in the log.
package struct ReplayedRegistry: Sendable {
    package struct Organisation: Sendable {
        package let record: OrganisationRecord
        /// Runs the broker.
        package let isOperator: Bool
        package internal(set) var epoch: UInt64
        package internal(set) var isActive: Bool
    }

    package struct Principal: Sendable {
        package let record: PrincipalRecord
        package internal(set) var epoch: UInt64
        package internal(set) var isActive: Bool
        package internal(set) var roles: Set<OfficerRole> = []
    }

    package struct Certificate: Sendable {
        package let record: CertificateRecord
        /// The entry that enrolled it.
        package let index: LedgerIndex
        package internal(set) var isActive: Bool
    }

    package struct Dataset: Sendable {
        package internal(set) var record: DatasetRecord
        /// Of the newest schema.
        package internal(set) var schema: DatasetSchema
        package internal(set) var isActive: Bool
        /// The earlier revisions.
        var replaced: [UInt64: Replaced] = [:]

        /// A revision that another one followed.
        struct Replaced: Sendable {
            let at: Timestamp
            let rows: UInt64
        }

        /// Whether a call may say that it read that revision: the newest, or one that was replaced after the call arrived. The broker goes on
        /// with a revision until the next one is durable, so calls of that while may find the old one too.
        func mayBeRead(_ revision: UInt64, by arrived: Timestamp) -> Bool {
            if revision == record.revision { return true }
            guard let end = replaced[revision]?.at else { return false }
            return arrived <= end.advanced(seconds: EntryLimits.maxWaitSeconds)
        }

        /// The rows that a revision of the catalogue holds; none where it never had that revision.
        func rows(of revision: UInt64) -> UInt64 {
            revision == record.revision ? record.rows : replaced[revision]?.rows ?? 0
        }
    }

    package internal(set) var organisations: [OrganisationNumber: Organisation] = [:]
    package internal(set) var principals: [PrincipalNumber: Principal] = [:]
    package internal(set) var certificates: [Thumbprint: Certificate] = [:]
    package internal(set) var delegations: [UInt32: DelegationRecord] = [:]
    package internal(set) var datasets: [DatasetID: Dataset] = [:]
    var usedDelegations: Set<UInt32> = []
    private var numbers: [OrganisationID: OrganisationNumber] = [:]
    var clients: [ClientID: PrincipalNumber] = [:]
    /// `init` may fill the registry until the broker runs for the first time.
    var isOpen = true

    package func number(of organisation: OrganisationID) -> OrganisationNumber? { numbers[organisation] }

    mutating func add(_ record: OrganisationRecord, isOperator: Bool, epoch: UInt64) {
        organisations[record.number] = Organisation(record: record, isOperator: isOperator, epoch: epoch, isActive: true)
        numbers[record.slug] = record.number
    }

    /// The principal where it and its organisation are active.
    package func active(_ number: PrincipalNumber) -> Principal? {
        guard let principal = principals[number], principal.isActive,
            organisations[principal.record.organisation]?.isActive ?? false
        else { return nil }
        return principal
    }

    /// The officer as the lifecycle wants to know them; nil for anyone who is not an active officer.
    func officer(_ number: PrincipalNumber) -> Officer? {
        guard let principal = active(number), principal.record.kind == .officer,
            let organisation = organisations[principal.record.organisation]
        else { return nil }
        let held = principal.roles.contains(.signatory) ? delegations.values.filter { $0.principal == number } : []
        return Officer(
            principal: number, organisation: organisation.record.slug, roles: principal.roles,
            delegations: held.sorted { $0.number < $1.number }.compactMap { record in
                PrivacyLabel(number: UInt64(record.maxSensitivity)).map {
                    Delegation(
                        from: record.from, until: record.until, maxLabel: $0, maxRowsPerDay: record.maxRowsPerDay,
                        thirdParties: record.thirdParties)
                }
            })
    }

    /// The certificate where it is enrolled for that principal and valid at that moment.
    func certificate(_ thumbprint: Thumbprint, of principal: PrincipalNumber, at moment: Timestamp) throws(Breach) -> Certificate {
        guard let certificate = certificates[thumbprint] else { throw Breach(.parties, "its certificate was never enrolled") }
        try require(certificate.record.principal == principal, .parties, "its certificate is enrolled for somebody else")
        try require(certificate.isActive, .parties, "its certificate has been retired")
        try require(
            moment >= certificate.record.notBefore && moment <= certificate.record.notAfter, .parties,
            "its certificate is not valid at \(moment)")
        return certificate
    }

    /// Whether every recipient of the terms has an active service with an active certificate.
    func areRecipientsEnrolled(_ terms: MaterialTerms, at moment: Timestamp) -> Bool {
        terms.parties.filter { $0.role == .recipient }.allSatisfy { party in
            guard let number = numbers[party.organisation] else { return false }
            return certificates.values.contains { certificate in
                guard certificate.isActive, moment <= certificate.record.notAfter,
                    let principal = active(certificate.record.principal)
                else { return false }
                return principal.record.kind == .service && principal.record.organisation == number
            }
        }
    }

    /// Whether the catalogue has each dataset of the terms, of a provider, with the schema that the terms name.
    func fits(_ terms: MaterialTerms) -> Bool {
        terms.datasets.allSatisfy { wanted in
            guard let dataset = datasets[wanted.dataset], dataset.isActive, dataset.record.schemaDigest == wanted.schema,
                let owner = organisations[dataset.record.owner]
            else { return false }
            return terms.party(owner.record.slug)?.role == .provider
        }
    }
}
