import Cryptography
import Storage
import Vocabulary

/// The wrapping of what opens commitments: salt keys of exchanges and keys of subjects, under `keys/openings` (AES-256-SIV). Each wrap is
/// bound to what it belongs to, so that one cannot be put in the place of another. Also the names under which persons and requests are kept.
package struct EvidenceKeys: Sendable {
    private let wrapping: AESSIV
    /// Where a person's key is found: HMAC over the canonical identifier, which is kept nowhere.
    package let finding: HMACKey
    /// What `finding` was made of, 32 bytes: for handing it to an edge that runs elsewhere.
    package let findingSecret: SecretBytes
    private let naming: HMACKey

    /// - Parameter openings: the 64 bytes of `keys/openings`.
    package init(openings: SecretBytes) throws(CryptographyFault) {
        wrapping = try AESSIV(key: openings)
        findingSecret = HKDF.sha256(secret: openings, salt: [], info: Array("concordat/subject-finder/1".utf8), length: Digest.byteCount)
        finding = HMACKey.sha256(findingSecret)
        naming = HMACKey.sha256(
            HKDF.sha256(secret: openings, salt: [], info: Array("concordat/request-name/1".utf8), length: Digest.byteCount))
    }

    /// What is kept of one EXCHANGE entry outside the ledger.
    package struct Opening: Hashable, Sendable {
        /// `xk`, 32 bytes.
        package let saltKey: [UInt8]
        /// Where a stream goes on after this entry, in the source's own positions; nil after the last part, and for what is no stream.
        package let next: UInt64?
        /// The people whom the exchange is about, in order of release: what counts them, and what the entry's subjects root is over.
        package let subjects: [TaggedSubject]

        package init(saltKey: [UInt8], next: UInt64? = nil, subjects: [TaggedSubject] = []) {
            self.saltKey = saltKey
            self.next = next
            self.subjects = subjects
        }
    }

    /// Wraps an opening: `xk`, then the position in eight bytes where there is one, then 48 bytes for each person. The exchange id and part are
    /// known before the entry has its index.
    package func wrap(_ opening: Opening, exchange: ExchangeID, part: UInt32) throws(CryptographyFault) -> [UInt8] {
        precondition(opening.saltKey.count == 32, "a salt key has 32 bytes")
        var bytes = opening.saltKey
        bytes.reserveCapacity(40 + opening.subjects.count * TaggedSubject.byteCount)
        if let next = opening.next { bytes += next.bigEndianBytes }
        for subject in opening.subjects { bytes += subject.bytes }
        return try wrapping.seal(bytes, associated: [Self.openingLabel, exchange.bytes, UInt64(part).bigEndianBytes])
    }

    /// `.notAuthentic` where the wrap is not that of this exchange and part.
    package func unwrap(_ wrapped: [UInt8], exchange: ExchangeID, part: UInt32) throws(CryptographyFault) -> Opening {
        let bytes = try wrapping.open(wrapped, associated: [Self.openingLabel, exchange.bytes, UInt64(part).bigEndianBytes])
        // 32 or 40 bytes before the people: their 48 bytes leave the two apart.
        let head = 32 + (bytes.count - 32) % TaggedSubject.byteCount
        guard bytes.count >= 32, head == 32 || head == 40 else { throw .notAuthentic }
        let next = bytes[32..<head].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let subjects = stride(from: head, to: bytes.count, by: TaggedSubject.byteCount).map { TaggedSubject(bytes.span, at: $0) }
        return Opening(saltKey: Array(bytes[..<32]), next: head == 40 ? next : nil, subjects: subjects)
    }

    /// What a client's request id is remembered under: it may hold a citizen's number, so that it is kept nowhere itself.
    package func name(ofRequest id: String, client: PrincipalNumber) -> Digest {
        naming.authenticate([0] + UInt64(client.value).bigEndianBytes + Array(id.utf8))
    }

    /// What a request's body is compared by: the plain digest of a body that holds a citizen's number could be guessed.
    package func mark(ofBody digest: Digest) -> Digest {
        naming.authenticate([1] + digest.bytes)
    }

    /// Wraps a person's fresh 32-byte key.
    package func wrap(subjectKey: [UInt8], finder: Digest) throws(CryptographyFault) -> [UInt8] {
        try wrapping.seal(subjectKey, associated: [Self.subjectLabel, finder.bytes])
    }

    package func unwrap(subjectKey wrapped: [UInt8], finder: Digest) throws(CryptographyFault) -> [UInt8] {
        try wrapping.open(wrapped, associated: [Self.subjectLabel, finder.bytes])
    }

    /// A person with the next tag: raises the counter in this transaction, which is that of the entry that carries the tag or the root over it.
    /// A person who has no key yet gets one made of `fresh`.
    /// - Parameter fresh: 32 random bytes, drawn by the caller for this act because its body may be run again, and used for nothing else.
    package func nextSubject(finder: Digest, fresh: [UInt8], in transaction: any StorageTransaction) throws(StorageFault) -> TaggedSubject {
        precondition(fresh.count == 32, "a subject key is made of 32 random bytes")
        if let known = try transaction.subject(finder) {
            let key = try damaged { () throws(CryptographyFault) in try unwrap(subjectKey: known.wrappedKey, finder: finder) }
            return TaggedSubject(subjectKey: key, number: try transaction.advance(known))
        }
        let key = HMACKey.sha256(fresh).authenticate(finder.bytes).bytes
        let wrapped = try damaged { () throws(CryptographyFault) in try wrap(subjectKey: key, finder: finder) }
        let added = SubjectHandle(finder: finder, wrappedKey: wrapped, counter: 0)
        try transaction.add(added)
        return TaggedSubject(subjectKey: key, number: try transaction.advance(added))
    }

    /// A wrap that does not open was not written by this broker.
    private func damaged(_ body: () throws(CryptographyFault) -> [UInt8]) throws(StorageFault) -> [UInt8] {
        do throws(CryptographyFault) { return try body() } catch { throw .corrupt("a subject key") }
    }

    private static let openingLabel = Array("concordat/opening/1".utf8)
    private static let subjectLabel = Array("concordat/subject-key/1".utf8)
}
