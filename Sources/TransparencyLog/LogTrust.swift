/// What a verifier believes: one log by origin and keys, some witnesses, and how many of those must have cosigned.
package struct LogTrust: Hashable, Sendable {
    package let origin: KeyName
    package let keys: [TrustedKey]
    package let witnesses: [VerifierKey]
    package let quorum: Int

    /// Traps on a policy that cannot be meant: no plain key for the log, a witness key of another kind, a quorum above
    /// the number of witnesses, or one public key twice.
    package init(origin: KeyName, keys: [TrustedKey], witnesses: [VerifierKey] = [], quorum: Int = 0) {
        precondition(!keys.isEmpty && keys.allSatisfy { $0.key.algorithm == .ed25519 }, "a log has at least one plain Ed25519 key")
        precondition(witnesses.allSatisfy { $0.algorithm == .cosignature }, "witnesses have cosigner keys")
        precondition(quorum >= 0 && quorum <= witnesses.count, "a quorum that the witnesses can reach")
        let all = keys.map(\.key.publicKey) + witnesses.map(\.publicKey)
        precondition(Set(all).count == all.count, "no public key twice, even under two names")
        self.origin = origin
        self.keys = keys
        self.witnesses = witnesses
        self.quorum = quorum
    }

    /// A log whose origin is its key's name, without witnesses.
    package init(logKey: VerifierKey) {
        self.init(origin: logKey.name, keys: [TrustedKey(logKey)])
    }

    /// Parses and verifies a checkpoint note: grammar, origin, the log's signature, witnesses and quorum.
    ///
    /// Lines by unknown keys are ignored. A line that bears the name and id of a known key but does not verify, or comes
    /// twice, refuses the whole note.
    package func verify(_ bytes: [UInt8]) throws(TransparencyFault) -> VerifiedCheckpoint {
        let note = try SignedNote(bytes)
        let checkpoint = try Checkpoint(text: note.text)
        guard checkpoint.origin == origin else { throw .wrongOrigin(expected: origin.description) }
        var seen: Set<VerifierKey> = []
        var isSigned = false
        var cosignatures: [VerifiedCosignature] = []
        for signature in note.signatures {
            guard let key = known(signature) else { continue }
            guard seen.insert(key).inserted else { throw .malformed(what: "signed note", reason: "two signatures by \(key.name)") }
            guard let time = key.verify(signature, over: note.text) else { throw .badSignature(name: key.name.description) }
            if key.algorithm == .cosignature {
                cosignatures.append(VerifiedCosignature(key: key, time: time))
            } else if keys.contains(where: { $0.key == key && $0.sizes.contains(checkpoint.size) }) {
                isSigned = true
            }
        }
        guard isSigned else { throw .unsigned(origin: origin.description) }
        guard cosignatures.count >= quorum else { throw .quorumMissing(wanted: quorum, found: cosignatures.count) }
        return VerifiedCheckpoint(checkpoint: checkpoint, note: bytes, cosignatures: cosignatures)
    }

    /// The signers of a well-formed note that has nothing to do with this log's keys: no line bears the name and id of one, and none verifies
    /// under one. Nil for any other note: a line of a known key that was altered is damage, not another log.
    package func strangers(of bytes: [UInt8]) throws(TransparencyFault) -> [String]? {
        let note = try SignedNote(bytes)
        for signature in note.signatures {
            let isOurs = keys.contains { $0.key.isNamed(by: signature) || $0.key.verify(signature, over: note.text) != nil }
            guard !isOurs else { return nil }
        }
        return note.signatures.map(\.name.description)
    }

    private func known(_ signature: NoteSignature) -> VerifierKey? {
        keys.first { $0.key.isNamed(by: signature) }?.key ?? witnesses.first { $0.isNamed(by: signature) }
    }
}
