import Vocabulary

/// Agreements, every version of each.
package protocol AgreementReading {
    /// The newest version.
    func agreement(_ id: AgreementID) throws(StorageFault) -> StoredAgreement?
    func agreement(_ id: AgreementID, version: AgreementVersion) throws(StorageFault) -> StoredAgreement?
    /// The newest version of agreements, by id; of one party only, where one is given. Looks at `count` agreements at most, from the first behind
    /// `earlier` on.
    func agreements(of party: OrganisationNumber?, after earlier: AgreementID?, atMost count: Int) throws(StorageFault) -> AgreementPage
    /// Remarks kept for an AGREEMENT entry.
    func remarks(at entry: LedgerIndex) throws(StorageFault) -> [Remark]
}

package protocol AgreementStore: AgreementReading {
    /// Replaces the row of that id and version, or adds it.
    func put(_ agreement: StoredAgreement) throws(StorageFault)
    func keep(_ remark: Remark) throws(StorageFault)
    /// The lowest unused number of agreements drafted in that year, from 1.
    func nextAgreementNumber(year: Int) throws(StorageFault) -> Int
}
