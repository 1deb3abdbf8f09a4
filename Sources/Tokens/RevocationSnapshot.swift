import Vocabulary

/// The counters in force at one moment, and the tokens that were revoked one by one. Immutable: a change makes a new snapshot.
package struct RevocationSnapshot: Sendable {
    package var broker: UInt64
    package var agreements: [AgreementID: UInt64]
    package var organisations: [OrganisationID: UInt64]
    package var clients: [ClientID: UInt64]
    /// Kept until their tokens have expired.
    package var denied: Set<TokenID>

    package init(
        broker: UInt64, agreements: [AgreementID: UInt64], organisations: [OrganisationID: UInt64], clients: [ClientID: UInt64],
        denied: Set<TokenID> = []
    ) {
        self.broker = broker
        self.agreements = agreements
        self.organisations = organisations
        self.clients = clients
        self.denied = denied
    }

    /// The counters that a token for these would carry now; nil where one of them is not known.
    package func epochs(agreement: AgreementID, organisation: OrganisationID, client: ClientID) -> Epochs? {
        guard let agreement = agreements[agreement], let organisation = organisations[organisation], let client = clients[client] else {
            return nil
        }
        return Epochs(agreement: agreement, organisation: organisation, client: client, broker: broker)
    }

    /// Nothing, or what makes a token with these claims dead.
    func fault(in claims: Claims) -> TokenFault? {
        guard let current = epochs(agreement: claims.detail.agreement, organisation: claims.organisation, client: claims.client) else {
            return .unknownSubject
        }
        // Equal, not "at least": a counter that went back is as wrong as one that went on.
        if claims.epochs.agreement != current.agreement { return .staleAgreement }
        if claims.epochs.organisation != current.organisation { return .staleOrganisation }
        if claims.epochs.client != current.client { return .staleClient }
        if claims.epochs.broker != current.broker { return .staleBroker }
        return denied.contains(claims.id) ? .revoked : nil
    }
}
