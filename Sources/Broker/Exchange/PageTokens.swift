import Cryptography
import ProtobufWire
import Vocabulary

/// Page tokens: where the next page starts, sealed so that they tell nothing (not even how many rows lie outside the row filter) and bound to
/// client, agreement, search and dataset revision, so that they fit nothing else.
struct PageTokens: Sendable {
    /// Where a page starts in the source.
    struct Place: Hashable, Sendable {
        /// The source's own position after the last row that was read.
        let position: UInt64
        let issued: Timestamp
    }

    private let sealing: AESSIV
    private let lifetime: Int64

    /// `key` has 64 bytes; `lifetime` is in seconds.
    init(key: SecretBytes, lifetime: Int64) throws(CryptographyFault) {
        sealing = try AESSIV(key: key)
        self.lifetime = lifetime
    }

    /// What a token is bound to.
    struct Scope: Hashable, Sendable {
        let client: PrincipalNumber
        let revision: UInt64
        /// Digest of the request without its page token and page size.
        let search: Digest

        var associated: [[UInt8]] {
            var writer = WireWriter()
            writer.varint(1, UInt64(client.value))
            writer.varint(2, revision)
            writer.bytes(3, search.bytes)
            return [Array("concordat/page/1".utf8), writer.bytes]
        }
    }

    func seal(_ place: Place, for scope: Scope) throws(CryptographyFault) -> [UInt8] {
        var writer = WireWriter()
        // As long for every position: how many rows were passed over is nobody's business.
        writer.bytes(1, place.position.bigEndianBytes)
        writer.int64(2, place.issued.microseconds)
        return try sealing.seal(writer.bytes, associated: scope.associated)
    }

    /// Nil for a token that is not this broker's, is bound to something else, or is too old: callers are told no more than that.
    func open(_ token: [UInt8], for scope: Scope, now: Timestamp) -> Place? {
        do throws(CryptographyFault) {
            let bytes = try sealing.open(token, associated: scope.associated)
            guard let place = PageTokens.place(bytes), place.issued.advanced(seconds: lifetime) > now else { return nil }
            return place
        } catch {
            return nil
        }
    }

    private static func place(_ bytes: [UInt8]) -> Place? {
        var position: UInt64 = 0
        var issued: Int64 = 0
        do throws(WireFault) {
            var reader = CanonicalReader(bytes)
            while let field = try reader.next() {
                switch field.number {
                case 1: position = try field.bytes().reduce(0) { $0 << 8 | UInt64($1) }
                case 2: issued = try field.int64()
                default: return nil
                }
            }
        } catch {
            return nil
        }
        return Place(position: position, issued: Timestamp(microseconds: issued))
    }
}
