import Cryptography
import Ledger
import Redaction
import Storage
import Tokens

/// The secrets of a home in the hands of those who use them.
struct BrokerKeys: Sendable {
    let signer: TokenSigner
    let tokenKeys: TokenKeys
    let evidence: EvidenceKeys
    let pseudonyms: PseudonymRoot
    let pageTokens: PageTokens
    /// Of the secrets that nothing else would miss: with another one the broker would run, and answer other than before.
    let checks: [SecretCheck]

    init(of home: BrokerHome, limits: BrokerLimits) throws(BrokerFault) {
        let keys = HomeKeys(home)
        let openings = try BrokerKeys.load(.openings, keys)
        let token = try BrokerKeys.load(.token, keys)
        let root = try BrokerKeys.load(.transformRoot, keys)
        checks = [SecretCheck(.openings, openings), SecretCheck(.transformRoot, root)]
        do throws(CryptographyFault) {
            let signing = try ES256PrivateKey(pem: String(decoding: token.exposed(), as: UTF8.self))
            signer = TokenSigner(signing)
            evidence = try EvidenceKeys(openings: openings)
            // Page tokens live for minutes and open nothing, so their key is derived and not kept.
            let paging = HKDF.sha256(secret: openings, salt: [], info: Array("concordat/page-tokens/1".utf8), length: AESSIV.keyBytes)
            pageTokens = try PageTokens(key: paging, lifetime: limits.pageTokenSeconds)
            guard let all = TokenKeys([signing.publicKey]) else { throw CryptographyFault.unsupportedKey("the token key") }
            tokenKeys = all
        } catch {
            throw .key(path: home.keys, reason: "a key cannot be used (\(error)); put it back from your copy of keys/, which no backup has")
        }
        do throws(RedactionFault) {
            pseudonyms = try PseudonymRoot(epoch: 1, secret: root)
        } catch {
            throw .key(path: keys.path(of: .transformRoot), reason: error.description)
        }
    }

    private static func load(_ secret: HomeKeys.Secret, _ keys: HomeKeys) throws(BrokerFault) -> SecretBytes {
        do throws(StorageFault) {
            return try keys.load(secret)
        } catch {
            throw .key(path: keys.path(of: secret), reason: error.description)
        }
    }
}
