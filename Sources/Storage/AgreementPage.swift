import Vocabulary

/// Some of the agreements, and where the rest begins.
package struct AgreementPage: Hashable, Sendable {
    package var agreements: [StoredAgreement]
    /// The last one looked at; nil where there are no more.
    package var last: AgreementID?

    package init(agreements: [StoredAgreement], last: AgreementID?) {
        self.agreements = agreements
        self.last = last
    }
}

extension AgreementReading {
    /// The newest version of each agreement, by id, of which `atOnce` are held at a time; ends early where `body` answers false.
    package func eachAgreement(
        of party: OrganisationNumber?, atOnce: Int, _ body: (StoredAgreement) throws(StorageFault) -> Bool
    ) throws(StorageFault) {
        var last: AgreementID?
        repeat {
            let page = try agreements(of: party, after: last, atMost: atOnce)
            for agreement in page.agreements {
                guard try body(agreement) else { return }
            }
            last = page.last
        } while last != nil
    }
}
