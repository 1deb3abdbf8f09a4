import AuditTrail
import Cryptography
import Vocabulary

/// Which exchanges an incident is about: all that is named must hold.
package struct IncidentQuestion: Hashable, Sendable {
    package var certificate: Thumbprint?
    package var agreement: AgreementID?
    package var client: PrincipalNumber?
    /// The client's organisation, or the certificate's, whose retirement ends the use of either; it chooses no exchange.
    package var organisation: OrganisationNumber?
    /// From this moment of their place in the ledger on.
    package var from: Timestamp?
    /// Before this moment.
    package var until: Timestamp?

    package init(
        certificate: Thumbprint? = nil, agreement: AgreementID? = nil, client: PrincipalNumber? = nil, from: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.certificate = certificate
        self.agreement = agreement
        self.client = client
        self.from = from
        self.until = until
    }

    /// Whether the exchange is one of those, as far as its entry alone says: that is all but the agreement.
    func names(_ exchange: ExchangeOutline) -> Bool {
        guard certificate.map({ $0 == exchange.certificate }) ?? true, client.map({ $0 == exchange.client }) ?? true else { return false }
        return isOpen(at: exchange.sequenced)
    }

    func isOpen(at moment: Timestamp) -> Bool { from.map { moment >= $0 } ?? true && until.map { moment < $0 } ?? true }

    /// What an entry says that ends the use of a certificate, a client or an agreement of this question; nil for any other.
    func end(in body: EntryBody) -> IncidentScope.End.Cause? {
        switch body {
        case .registry(let entry) where entry.act == .retired:
            switch entry.subject {
            case .certificate(let record) where record.thumbprint == certificate: .certificateRetired
            case .certificate(let record) where record.principal == client: .certificateRetired
            case .principal(let record) where record.number == client: .clientRetired
            case .organisation(let record) where record.number == organisation: .organisationRetired
            default: nil
            }
        case .agreement(let entry) where entry.agreement == agreement && IncidentQuestion.endedStates.contains(entry.state):
            .agreement(state: entry.state)
        default: nil
        }
    }

    private static let endedStates: Set<String> = ["suspended", "terminated"]
}
