import ProtobufWire
import Vocabulary

/// A step in the life of a key of the broker itself: the ledger's signing key or a token key.
package struct KeyEntry: Sendable, Equatable {
    package enum Use: UInt32, CaseIterable, Sendable {
        case ledger = 1
        case token = 2
    }

    package enum Act: UInt32, CaseIterable, Sendable {
        case announced = 1
        case active = 2
        case retiring = 3
        case gone = 4
        /// An emergency: the broker epoch goes up.
        case removed = 5
    }

    package var use: Use
    package var act: Act
    /// A ledger key's verifier text (C2SP signed-note vkey), a token key's `kid`.
    package var keyID: String
    /// 32 bytes of Ed25519, or SubjectPublicKeyInfo (DER) of a P-256 key.
    package var publicKey: [UInt8]
    /// 0 is `init`.
    package var actor: PrincipalNumber
    /// After the act.
    package var brokerEpoch: UInt64
    /// Ledger keys only: the log origin.
    package var origin: String
    /// By the key that was active before, over the body of the entry without this field; empty for the first key.
    package var signature: [UInt8]

    package init(
        use: Use, act: Act, keyID: String, publicKey: [UInt8], actor: PrincipalNumber, brokerEpoch: UInt64, origin: String = "",
        signature: [UInt8] = []
    ) {
        self.use = use
        self.act = act
        self.keyID = keyID
        self.publicKey = publicKey
        self.actor = actor
        self.brokerEpoch = brokerEpoch
        self.origin = origin
        self.signature = signature
    }

    /// What the key that was active before signs.
    package var signedBytes: [UInt8] {
        var unsigned = self
        unsigned.signature = []
        var writer = WireWriter()
        unsigned.write(to: &writer)
        return writer.bytes
    }
}

extension KeyEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(use.rawValue))
        writer.varint(2, UInt64(act.rawValue))
        writer.string(3, keyID)
        writer.bytes(4, publicKey)
        writer.varint(5, UInt64(actor.value))
        writer.varint(6, brokerEpoch)
        writer.string(7, origin)
        writer.bytes(8, signature)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var use: Use?, act: Act?, keyID: String?, publicKey: [UInt8]?
        var actor = PrincipalNumber(0), brokerEpoch: UInt64 = 0, origin = "", signature: [UInt8] = []
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: use = try field.member()
            case 2: act = try field.member()
            case 3: keyID = try field.name(upTo: EntryLimits.maxNameBytes)
            case 4: publicKey = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 5: actor = try field.principal()
            case 6: brokerEpoch = try field.varint()
            case 7: origin = try field.name(upTo: EntryLimits.maxNameBytes)
            case 8: signature = try field.bytes(count: 64)
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            use: try required(use, 1), act: try required(act, 2), keyID: try required(keyID, 3), publicKey: try required(publicKey, 4),
            actor: actor, brokerEpoch: brokerEpoch, origin: origin, signature: signature)
    }
}
