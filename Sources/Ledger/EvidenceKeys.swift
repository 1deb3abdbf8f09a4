import Cryptography
import Storage
import Vocabulary

/// The wrapping of what opens commitments: salt keys of exchanges and keys of subjects, under `keys/openings` (AES-256-SIV). Each wrap is
/// bound to what it belongs to, so that one cannot be put in the place of another. Also the names under which persons and requests are kept.
package struct EvidenceKeys: Sendable {
    private let wrapping: AESSIV
    private let finding: HMACKey
    private let naming: HMACKey

    /// - Parameter openings: the 64 bytes of `keys/openings`.
    package init(openings: SecretBytes) throws(CryptographyFault) {
        wrapping = try AESSIV(key: openings)
        finding = HMACKey.sha256(
            HKDF.sha256(secret: openings, salt: [], info: Array("concordat/subject-finder/1".utf8), length: Digest.byteCount))
        naming = HMACKey.sha256(
            HKDF.sha256(secret: openings, salt: [], info: Array("concordat/request-name/1".utf8), length: Digest.byteCount))
    }

    /// What is kept of one EXCHANGE entry outside the ledger.
    package struct Opening: Hashable, Sendable {
        /// `xk`, 32 bytes.
        package let saltKey: [UInt8]
        /// Where a stream goes on after this entry, in the source's own positions; nil after the last part, and for what is no stream.
        package let next: UInt64?

        package init(saltKey: [UInt8], next: UInt64? = nil) {
            self.saltKey = saltKey
            self.next = next
        }
    }

    /// Wraps an opening: `xk`, then the position in eight bytes where there is one. The exchange id and part are known before the entry has its
    /// index.
    package func wrap(_ opening: Opening, exchange: ExchangeID, part: UInt32) throws(CryptographyFault) -> [UInt8] {
        precondition(opening.saltKey.count == 32, "a salt key has 32 bytes")
        return try wrapping.seal(
            opening.saltKey + (opening.next.map(Self.bigEndian) ?? []),
            associated: [Self.openingLabel, exchange.bytes, Self.bigEndian(UInt64(part))])
    }

    /// `.notAuthentic` where the wrap is not that of this exchange and part.
    package func unwrap(_ wrapped: [UInt8], exchange: ExchangeID, part: UInt32) throws(CryptographyFault) -> Opening {
        let bytes = try wrapping.open(wrapped, associated: [Self.openingLabel, exchange.bytes, Self.bigEndian(UInt64(part))])
        guard bytes.count == 32 || bytes.count == 40 else { throw .notAuthentic }
        let next = bytes[32...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Opening(saltKey: Array(bytes[..<32]), next: bytes.count == 40 ? next : nil)
    }

    /// Where a person's key is found: HMAC over the canonical identifier, which is kept nowhere.
    package func finder(of identifier: [UInt8]) -> Digest {
        finding.authenticate(identifier)
    }

    /// What a client's request id is remembered under: it may hold a citizen's number, so that it is kept nowhere itself.
    package func name(ofRequest id: String, client: PrincipalNumber) -> Digest {
        naming.authenticate([0] + Self.bigEndian(UInt64(client.value)) + Array(id.utf8))
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

    /// The next tag of a person: raises the counter in this transaction, which is that of the entry that carries the tag. A person who has
    /// no key yet gets `freshKey`. Answers the tag, HMAC-SHA-256(subject key, "concordat/subject/1" 0x00 u64be(n)).
    /// - Parameter freshKey: 32 random bytes, drawn by the caller because the body of an act may be run again.
    package func nextTag(
        finder: Digest, freshKey: [UInt8], in transaction: any StorageTransaction
    ) throws(StorageFault) -> Digest {
        precondition(freshKey.count == 32, "a subject key has 32 bytes")
        if let known = try transaction.subject(finder) {
            let key = try damaged { () throws(CryptographyFault) in try unwrap(subjectKey: known.wrappedKey, finder: finder) }
            return Self.tag(subjectKey: key, number: try transaction.advance(known))
        }
        let wrapped = try damaged { () throws(CryptographyFault) in try wrap(subjectKey: freshKey, finder: finder) }
        let fresh = SubjectHandle(finder: finder, wrappedKey: wrapped, counter: 0)
        try transaction.add(fresh)
        return Self.tag(subjectKey: freshKey, number: try transaction.advance(fresh))
    }

    /// A wrap that does not open was not written by this broker.
    private func damaged(_ body: () throws(CryptographyFault) -> [UInt8]) throws(StorageFault) -> [UInt8] {
        do throws(CryptographyFault) { return try body() } catch { throw .corrupt("a subject key") }
    }

    /// Tag number n of the person with that key; n counts from 1.
    package static func tag(subjectKey: [UInt8], number: UInt64) -> Digest {
        HMACKey.sha256(subjectKey).authenticate(Array("concordat/subject/1".utf8) + [0] + bigEndian(number))
    }

    private static let openingLabel = Array("concordat/opening/1".utf8)
    private static let subjectLabel = Array("concordat/subject-key/1".utf8)

    private static func bigEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    }
}
