import Cryptography
import ProtobufWire
import Vocabulary

/// One log follows another: the last entry of the old one names the next origin, the first of the new one names the previous origin.
package struct SuccessionEntry: Sendable, Equatable {
    /// Empty in the new log.
    package var nextOrigin: String
    /// Empty in the old log.
    package var previousOrigin: String
    /// The last checkpoint of the old log.
    package var size: UInt64
    package var root: Digest
    package var actor: PrincipalNumber
    package var reason: String

    package init(nextOrigin: String, previousOrigin: String, size: UInt64, root: Digest, actor: PrincipalNumber, reason: String) {
        self.nextOrigin = nextOrigin
        self.previousOrigin = previousOrigin
        self.size = size
        self.root = root
        self.actor = actor
        self.reason = reason
    }
}

extension SuccessionEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.string(1, nextOrigin)
        writer.string(2, previousOrigin)
        writer.varint(3, size)
        writer.digest(4, root)
        writer.varint(5, UInt64(actor.value))
        writer.string(6, reason)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var next = "", previous = "", size: UInt64 = 0, root: Digest?, actor = PrincipalNumber(0), reason: String?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: next = try field.name(upTo: EntryLimits.maxNameBytes)
            case 2: previous = try field.name(upTo: EntryLimits.maxNameBytes)
            case 3: size = try field.varint()
            case 4: root = try field.digest()
            case 5: actor = try field.principal()
            case 6: reason = try field.name()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            nextOrigin: next, previousOrigin: previous, size: size, root: try required(root, 4), actor: actor,
            reason: try required(reason, 6))
    }
}
