import Cryptography
import Vocabulary

/// A request id that a client chose, with what it stood for. Unique for the client while it is remembered.
package struct RememberedRequest: Hashable, Sendable {
    package var client: PrincipalNumber
    /// A keyed digest of the id, never the id itself.
    package var requestID: [UInt8]
    /// A keyed digest of the request's canonical body: the same id with another body is refused.
    package var bodyDigest: Digest
    /// The EXCHANGE entry that answered it.
    package var entry: LedgerIndex
    /// Forgotten after this moment, at least ten minutes after the request.
    package var until: Timestamp

    package init(client: PrincipalNumber, requestID: [UInt8], bodyDigest: Digest, entry: LedgerIndex, until: Timestamp) {
        self.client = client
        self.requestID = requestID
        self.bodyDigest = bodyDigest
        self.entry = entry
        self.until = until
    }
}

/// What opens an entry's commitments: its `xk`, wrapped under the key in `keys/openings`.
package struct StoredOpening: Hashable, Sendable {
    package var entry: LedgerIndex
    package var wrapped: [UInt8]
    /// End of the retention period.
    package var until: Timestamp

    package init(entry: LedgerIndex, wrapped: [UInt8], until: Timestamp) {
        self.entry = entry
        self.wrapped = wrapped
        self.until = until
    }
}
