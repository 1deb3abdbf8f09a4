import Cryptography

/// The secret from which all pseudonym keys of one key epoch come: 32 random bytes. Destroying it makes every pseudonym of that epoch a random word.
package struct PseudonymRoot: Sendable {
    package let epoch: UInt32
    let secret: SecretBytes

    /// Throws unless the secret has 32 bytes and the epoch is 1 or more.
    package init(epoch: UInt32, secret: SecretBytes) throws(RedactionFault) {
        guard secret.count == 32 else { throw .context("pseudonym root: the secret must have 32 bytes") }
        guard epoch > 0 else { throw .context("pseudonym root: key epochs count from 1") }
        self.epoch = epoch
        self.secret = secret
    }
}

/// The keys that one program needs, derived for its recipient and agreement. Derive once for a program and key epoch, then share.
package struct TransformKeys: Sendable {
    let keys: [HMACKey]
    /// The program that they were derived for; `RedactionRun` refuses others.
    let programDigest: Digest
    /// What the keys were made of, 32 bytes each: for handing them to whoever runs the program elsewhere, which needs no root for it.
    package let secrets: [SecretBytes]

    /// A program without pseudonyms needs no root.
    package init(for program: RedactionProgram, root: PseudonymRoot?) throws(RedactionFault) {
        var secrets: [SecretBytes] = []
        for use in program.keyUses {
            guard let root else { throw .context("the program makes pseudonyms and no pseudonym root was given") }
            secrets.append(
                Pseudonym.secret(root: root.secret, epoch: root.epoch, recipient: use.recipient, scope: use.scope, domain: use.domain))
        }
        self.init(secrets, programDigest: program.digest)
    }

    /// The keys that were derived for the same program elsewhere. Throws where it needs another number of them.
    package init(for program: RedactionProgram, secrets: [SecretBytes]) throws(RedactionFault) {
        guard secrets.count == program.keyUses.count, secrets.allSatisfy({ $0.count == 32 }) else {
            throw .context("the program needs \(program.keyUses.count) transform keys of 32 bytes and was given others")
        }
        self.init(secrets, programDigest: program.digest)
    }

    private init(_ secrets: [SecretBytes], programDigest: Digest) {
        self.secrets = secrets
        keys = secrets.map(HMACKey.sha256)
        self.programDigest = programDigest
    }
}
