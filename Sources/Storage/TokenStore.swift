import Cryptography
import Vocabulary

/// Tokens, their keys, the check values of the home's secrets, and the epochs that tokens depend on.
package protocol TokenReading {
    func token(_ digest: Digest) throws(StorageFault) -> IssuedToken?
    /// Tokens that were revoked one by one and have not expired: digests with their expiry.
    func deniedTokens(at now: Timestamp) throws(StorageFault) -> [Digest: Timestamp]
    func isDenied(_ digest: Digest) throws(StorageFault) -> Bool
    /// All epochs, and the deny set with what has not been forgotten of it.
    func epochs() throws(StorageFault) -> EpochSnapshot
    /// All keys of that use, oldest change first.
    func signingKeys(_ use: SigningKeyRecord.Use) throws(StorageFault) -> [SigningKeyRecord]
    /// The digest of the secret's check; nil where none was kept.
    func check(of secret: HomeKeys.Secret) throws(StorageFault) -> Digest?
}

package protocol TokenStore: TokenReading {
    /// `.conflict` where the digest is known.
    func add(_ token: IssuedToken) throws(StorageFault)
    /// Adds a digest to the deny set until `expiry`. Doing so again changes nothing. False where it was there already.
    func deny(_ digest: Digest, until expiry: Timestamp) throws(StorageFault) -> Bool
    /// Raises an epoch by one and answers the new value. Everything issued under the old one is dead when the transaction has committed.
    func bump(_ scope: EpochScope) throws(StorageFault) -> UInt64
    func put(_ key: SigningKeyRecord) throws(StorageFault)
    /// Keeps the check of a secret, once. `.conflict` where there is one.
    func add(_ check: SecretCheck) throws(StorageFault)
}
