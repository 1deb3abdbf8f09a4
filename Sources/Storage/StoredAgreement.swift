import Cryptography
import Vocabulary

/// One version of an agreement: the state machine's value as bytes, with what lists and exchanges look up beside it.
/// The store does not read `state`, `terms` or `annex`.
package struct StoredAgreement: Hashable, Sendable {
    package var id: AgreementID
    package var version: AgreementVersion
    /// Canonical bytes of the lifecycle's state, as the domain encodes it.
    package var state: [UInt8]
    /// The state's code as the ledger writes it, for lists.
    package var stateCode: String
    /// Canonical material terms.
    package var terms: [UInt8]
    package var termsDigest: Digest
    package var annex: [UInt8]
    /// Salt of the annex digest in the ledger. 16 bytes.
    package var annexSalt: [UInt8]
    package var title: String
    /// Every organisation that is a party, ascending.
    package var parties: [OrganisationNumber]
    package var createdAt: Timestamp
    /// The AGREEMENT entry that put this version in force; nil before that.
    package var forceEntry: LedgerIndex?
    /// The newest AGREEMENT entry about it.
    package var latestEntry: LedgerIndex

    package init(
        id: AgreementID, version: AgreementVersion, state: [UInt8], stateCode: String, terms: [UInt8], termsDigest: Digest, annex: [UInt8],
        annexSalt: [UInt8], title: String, parties: [OrganisationNumber], createdAt: Timestamp, forceEntry: LedgerIndex? = nil,
        latestEntry: LedgerIndex
    ) {
        self.id = id
        self.version = version
        self.state = state
        self.stateCode = stateCode
        self.terms = terms
        self.termsDigest = termsDigest
        self.annex = annex
        self.annexSalt = annexSalt
        self.title = title
        self.parties = parties
        self.createdAt = createdAt
        self.forceEntry = forceEntry
        self.latestEntry = latestEntry
    }
}

/// A comment or reason that stays outside the ledger, which holds its salted digest.
package struct Remark: Hashable, Sendable {
    package var entry: LedgerIndex
    package var salt: [UInt8]
    package var text: String

    package init(entry: LedgerIndex, salt: [UInt8], text: String) {
        self.entry = entry
        self.salt = salt
        self.text = text
    }
}
