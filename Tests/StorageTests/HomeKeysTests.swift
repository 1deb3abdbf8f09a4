import Cryptography
import Foundation
import Storage
import Testing

@Suite struct HomeKeysTests {
    @Test func secretsReadBackAndArePrivate() throws {
        let temporary = TemporaryHome()
        try temporary.home.create()
        let keys = HomeKeys(temporary.home)
        try keys.createRandom(from: .reproducible(seed: [1]))
        for (secret, count) in [(HomeKeys.Secret.ledger, 32), (.openings, 64), (.transformRoot, 32)] {
            #expect(try keys.load(secret).count == count)
            let attributes = try FileManager.default.attributesOfItem(atPath: keys.path(of: secret))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aSecretIsNeverOverwritten() throws {
        let temporary = TemporaryHome()
        try temporary.home.create()
        let keys = HomeKeys(temporary.home)
        let first = SecretBytes([UInt8](repeating: 1, count: 32))
        try keys.create(.ledger, first)
        #expect(throws: StorageFault.file("\(keys.path(of: .ledger)) exists already; move it away first")) {
            try keys.create(.ledger, SecretBytes([UInt8](repeating: 2, count: 32)))
        }
        #expect(try keys.load(.ledger).exposed() == first.exposed())
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644]) func aSecretThatOthersCanReadIsRefused(mode: Int) throws {
        let temporary = TemporaryHome()
        try temporary.home.create()
        let keys = HomeKeys(temporary.home)
        try keys.create(.ledger, SecretBytes([UInt8](repeating: 1, count: 32)))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys.path(of: .ledger))
        let path = keys.path(of: .ledger)
        #expect(throws: StorageFault.file("\(path) is open to others (mode \(String(mode, radix: 8))); run: chmod 600 \(path)")) {
            try keys.load(.ledger)
        }
    }

    @Test func aTruncatedSecretIsRefused() throws {
        let temporary = TemporaryHome()
        try temporary.home.create()
        let keys = HomeKeys(temporary.home)
        try OpenFile.create(keys.path(of: .openings)).write([UInt8](repeating: 1, count: 63))
        #expect(throws: StorageFault.file("\(keys.path(of: .openings)) must be 64 bytes long; put it back from your copy of keys/, which no backup has")) {
            try keys.load(.openings)
        }
    }

    /// The value was computed with Python's hmac and hashlib after the definition in `SecretCheck`.
    @Test func theCheckOfASecretIsAnHMACUnderAKeyDerivedFromIt() {
        let check = SecretCheck(.transformRoot, SecretBytes([UInt8](repeating: 1, count: 32)))
        #expect(check.digest.hex == "8aad50aa78c6b8ef08ad858178fb1c8e66440e56a4f5b15d32dbe61816d9e2a2")
        #expect(SecretCheck(.ledger, SecretBytes([UInt8](repeating: 1, count: 32))).digest != check.digest)
    }
}
