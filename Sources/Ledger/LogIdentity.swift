import Cryptography
import Storage
import TransparencyLog

/// Which log a home keeps, and the key that signs for it.
package struct LogIdentity: Sendable {
    package let origin: KeyName
    let signer: NoteSigner

    /// The key's name is the origin, as tlog-checkpoint recommends. `.key` where the origin is no key name or the seed no seed.
    package init(origin: String, seed: SecretBytes) throws(LedgerFault) {
        guard let name = KeyName(origin) else {
            throw .key("the origin must be 1 to \(Limits.maxKeyNameBytes) bytes without spaces and plus signs")
        }
        do throws(CryptographyFault) {
            signer = NoteSigner(name: name, privateKey: try Ed25519PrivateKey(seed: seed))
        } catch {
            throw .key("the ledger key cannot be used: \(error)")
        }
        self.origin = name
    }

    /// The identity of an initialised home: its origin from the store, its key from `keys/ledger.key`.
    package init(of home: BrokerHome, in reading: any StorageReading) throws(LedgerFault) {
        let origin: String
        let seed: SecretBytes
        do throws(StorageFault) {
            guard let found = try reading.origin() else { throw .schema(found: 0, supported: 1) }
            origin = found
            seed = try HomeKeys(home).load(.ledger)
        } catch {
            throw .store(error)
        }
        try self.init(origin: origin, seed: seed)
    }

    /// What a verifier needs: `<origin>+<id>+<key>` (signed-note's vkey).
    package var verifierKey: VerifierKey { signer.verifierKey }
    package var trust: LogTrust { LogTrust(logKey: signer.verifierKey) }
}
