/// A witness's statement that the log was consistent up to this checkpoint at `time` (seconds since 1970).
package struct VerifiedCosignature: Hashable, Sendable {
    package let key: VerifierKey
    package let time: UInt64

    package var witness: KeyName { key.name }
}
