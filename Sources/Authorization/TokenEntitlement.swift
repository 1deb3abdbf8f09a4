import Agreements
import Tokens
import Vocabulary

/// What a client may be granted under an agreement.
package enum TokenEntitlement {
    /// Everything that the terms allow this client, as a token would say it; refused where a token would be of no use. `networks` are
    /// those of the operational annex. `standing` needs no dataset here.
    package static func detail(
        for consumer: OrganisationID, under agreement: AgreementState, standing: RegistryStanding, networks: [IPNetwork], at now: Timestamp
    ) throws(DenialReason) -> AuthorizationDetail {
        let terms = agreement.terms
        guard terms.party(consumer)?.role == .recipient else { throw .notARecipient }
        switch agreement.effectivePhase(at: now) {
        case .active: break
        case .suspended: throw .suspended
        case .expired: throw .expired
        case .terminated: throw .terminated
        case .draft, .submitted, .inReview, .returned, .approved, .signed, .withdrawn, .rejected: throw .notActive
        }
        guard now >= terms.period.startsAt else { throw .notYetStarted }
        guard standing.isConsumerActive else { throw .consumerRetired }
        guard standing.isClientActive else { throw .clientRetired }
        guard standing.isCertificateActive else { throw .certificateRetired }
        guard now >= standing.certificateStart else { throw .certificateNotYetValid }
        guard now <= standing.certificateEnd else { throw .certificateExpired }
        guard standing.isProviderActive else { throw .providerRetired }
        return detail(of: terms, networks: networks)
    }

    private static func detail(of terms: MaterialTerms, networks: [IPNetwork]) -> AuthorizationDetail {
        AuthorizationDetail(
            agreement: terms.agreement, version: terms.version, policy: terms.digest,
            datasets: terms.datasets.map { dataset in
                AuthorizationDetail.Dataset(
                    id: dataset.dataset, schema: dataset.schema,
                    actions: TokenAction.allCases.filter { action in dataset.operations.contains { TokenAction(for: $0) == action } },
                    fields: dataset.fields.filter { $0.transform.releases }.map(\.path), rowFilter: rowFilterName(of: dataset, in: terms))
            },
            purpose: terms.purpose.code, legalBasis: terms.law.gateway,
            limits: AuthorizationDetail.Limits(
                rows: terms.limits.rowsPerDay, bytes: terms.limits.bytesPerDay, calls: terms.limits.callsPerDay,
                rowsPerCall: terms.limits.rowsPerCall),
            network: networks, classification: terms.security.classification.rawValue.uppercased(), isReidentification: false)
    }

    /// Seconds that a token under these terms may live: what was asked for, or 300, and never more than the terms and 600 s allow.
    package static func lifetime(asked: Int64?, terms: MaterialTerms) throws(GrantFault) -> Int64 {
        let most = min(Int64(clamping: terms.limits.tokenSeconds), TokenLimits.maxLifetime)
        guard let asked else { return min(TokenLimits.defaultLifetime, most) }
        guard (1...TokenLimits.maxLifetime).contains(asked) else { throw .lifetime }
        return min(asked, most)
    }

    /// What a token calls the row filter: `rf:` and the version whose terms hold it, nil where the terms have none. The terms digest
    /// beside it pins what the filter says.
    static func rowFilterName(of dataset: DatasetTerms, in terms: MaterialTerms) -> String? {
        dataset.rowFilter == nil ? nil : "rf:\(terms.version)"
    }
}
