import Cryptography
import TransparencyLog

/// Whom one released record is about, as the opening of its entry keeps it.
package struct TaggedSubject: Hashable, Sendable {
    /// The same in all openings for one person, so that people can be counted. Leads back to nobody: not to the identifier, nor, once the subject key is
    /// erased, to the person's other tags.
    package struct Mark: Hashable, Sendable {
        fileprivate let high: UInt64
        fileprivate let low: UInt64

        /// It is the output of an HMAC already: half of it spreads as well as anything.
        package func hash(into hasher: inout Hasher) { hasher.combine(low) }
    }

    package let mark: Mark
    /// HMAC-SHA-256(subject key, "concordat/subject/1" 0x00 u64be(n)): what the entry carries, or is a leaf of the root that it carries.
    package let tag: Digest

    /// Tag number n of the person with that 32-byte key; n counts from 1.
    package init(subjectKey: [UInt8], number: UInt64) {
        let key = HMACKey.sha256(subjectKey)
        tag = key.authenticate(TaggedSubject.tagLabel + number.bigEndianBytes)
        mark = Mark(key.authenticate(TaggedSubject.markLabel).bytes.span, at: 0)
    }

    /// RFC 6962 root over the tags of a batch, in order of release.
    package static func root(over subjects: [TaggedSubject]) -> Digest {
        var range = CompactRange()
        for subject in subjects { range.append(TreeHash.leaf(subject.tag.bytes)) }
        return range.root
    }

    /// The mark, then the tag.
    static let byteCount = 16 + Digest.byteCount

    init(_ bytes: Span<UInt8>, at offset: Int) {
        mark = Mark(bytes, at: offset)
        tag = Digest(bytes, at: offset + 16)
    }

    var bytes: [UInt8] { mark.bytes + tag.bytes }

    private static let tagLabel = Array("concordat/subject/1".utf8) + [0]
    private static let markLabel = Array("concordat/subject-mark/1".utf8) + [0]
}

extension TaggedSubject.Mark {
    fileprivate init(_ bytes: Span<UInt8>, at offset: Int) {
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            halves.0 = halves.0 << 8 | UInt64(bytes[offset + index])
            halves.1 = halves.1 << 8 | UInt64(bytes[offset + 8 + index])
        }
        (high, low) = halves
    }

    fileprivate var bytes: [UInt8] {
        high.bigEndianBytes + low.bigEndianBytes
    }
}
