import Cryptography
import ProtobufWire

/// The salted commitments of the ledger (its Privacy chapter), as plain functions. The walk computes the same with reused storage; verifiers and the
/// oracle use these.
package enum Commitments {
    package static let saltBytes = 16

    static let fieldLabel = Array("concordat/field/1".utf8) + [0]
    static let recordLabel = Array("concordat/record/1".utf8) + [0]
    static let rowLabel = Array("concordat/row/1".utf8) + [0]

    /// One field's part of a record commitment.
    package struct FieldDigests: Hashable, Sendable {
        package let number: Int
        package let disposition: Disposition
        /// Present where the field was released or transformed.
        package let source: Digest?
        /// Present where it was transformed.
        package let release: Digest?

        package init(number: Int, disposition: Disposition, source: Digest?, release: Digest?) {
            self.number = number
            self.disposition = disposition
            self.source = source
            self.release = release
        }
    }

    /// SHA-256("concordat/field/1" 0x00 salt[16] u32be(field number) value). `value` is the field's canonical wire bytes, all occurrences with their tags.
    package static func field(salt: some Collection<UInt8>, number: Int, value: some Collection<UInt8>) -> Digest {
        Digest.sha256(fieldLabel + Array(salt) + bigEndian(number) + Array(value))
    }

    /// SHA-256("concordat/record/1" 0x00, then for each field ascending: u32be(number) u8 disposition source digest, release digest).
    package static func record(of fields: [FieldDigests]) -> Digest {
        var bytes = recordLabel
        for field in fields {
            bytes += bigEndian(field.number)
            bytes.append(field.disposition.rawValue)
            if let source = field.source { source.append(to: &bytes) }
            if let release = field.release { release.append(to: &bytes) }
        }
        return Digest.sha256(bytes)
    }

    /// SHA-256("concordat/row/1" 0x00 record salt[16] released bytes): evidence level `record`.
    package static func record(salt: some Collection<UInt8>, released: [UInt8]) -> Digest {
        Digest.sha256(rowLabel + Array(salt) + released)
    }

    /// SHA-256(salt[16] canonical request): what the ledger holds of the search key.
    package static func request(salt: some Collection<UInt8>, canonicalRequest: [UInt8]) -> Digest {
        Digest.sha256(Array(salt) + canonicalRequest)
    }

    /// SHA-256(salt[16] canonical case): the case reference and the end user, in the canonical bytes that the request's form defines.
    package static func caseReference(salt: some Collection<UInt8>, canonicalCase: [UInt8]) -> Digest {
        Digest.sha256(Array(salt) + canonicalCase)
    }

    /// The bytes of each field of a canonical record by number, tags included. Nil where they are not wire bytes in ascending order.
    static func topLevelFields(of record: [UInt8]) -> [Int: ArraySlice<UInt8>]? {
        var fields: [Int: ArraySlice<UInt8>] = [:]
        var position = 0
        var last = 0
        do throws(WireFault) {
            let span = record.span
            while position < record.count {
                let start = position
                let (number, type) = try span.tag(at: &position, upTo: record.count, isStrict: true)
                guard number >= last else { return nil }
                try span.skip(type, at: &position, upTo: record.count, field: number, isStrict: true)
                let from = number == last ? fields[number]?.startIndex ?? start : start
                fields[number] = record[from..<position]
                last = number
            }
        } catch {
            return nil
        }
        return fields
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
}
