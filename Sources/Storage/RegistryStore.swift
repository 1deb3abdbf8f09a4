import Cryptography
import Vocabulary

/// Who may act: organisations, principals, certificates and delegations.
package protocol RegistryReading {
    func organisation(_ number: OrganisationNumber) throws(StorageFault) -> RegisteredOrganisation?
    func organisation(_ id: OrganisationID) throws(StorageFault) -> RegisteredOrganisation?
    /// All, by number.
    func organisations() throws(StorageFault) -> [RegisteredOrganisation]

    func principal(_ number: PrincipalNumber) throws(StorageFault) -> RegisteredPrincipal?
    func principal(_ id: ClientID) throws(StorageFault) -> RegisteredPrincipal?
    /// Those of one organisation, by number.
    func principals(of organisation: OrganisationNumber) throws(StorageFault) -> [RegisteredPrincipal]

    func certificate(_ thumbprint: Thumbprint) throws(StorageFault) -> RegisteredCertificate?
    /// Those of one principal, oldest first.
    func certificates(of principal: PrincipalNumber) throws(StorageFault) -> [RegisteredCertificate]

    /// Certificates that somebody may use: they, their principals and their organisations are active. Not a list for an answer: without a bound.
    func usableCertificates() throws(StorageFault) -> [UsableCertificate]
    /// How many there are, retired ones too: lists hold all of them, and are bounded.
    func organisationCount() throws(StorageFault) -> Int
    func principalCount(of organisation: OrganisationNumber) throws(StorageFault) -> Int
    func certificateCount(of principal: PrincipalNumber) throws(StorageFault) -> Int
    func delegationCount(of principal: PrincipalNumber) throws(StorageFault) -> Int

    func delegation(_ number: UInt32) throws(StorageFault) -> RegisteredDelegation?
    /// Those of one principal, by number.
    func delegations(of principal: PrincipalNumber) throws(StorageFault) -> [RegisteredDelegation]
}

/// Changes to the registry. `put` replaces the row with the same key or adds it; `.conflict` where another row has the same unique name.
package protocol RegistryStore: RegistryReading {
    func put(_ organisation: RegisteredOrganisation) throws(StorageFault)
    func put(_ principal: RegisteredPrincipal) throws(StorageFault)
    func put(_ certificate: RegisteredCertificate) throws(StorageFault)
    func put(_ delegation: RegisteredDelegation) throws(StorageFault)
    /// One more than the highest number in use, from 1.
    func nextOrganisationNumber() throws(StorageFault) -> OrganisationNumber
    func nextDelegationNumber() throws(StorageFault) -> UInt32
}
