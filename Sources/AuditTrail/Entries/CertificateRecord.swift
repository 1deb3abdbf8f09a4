import Cryptography
import ProtobufWire
import Vocabulary

/// A certificate of a principal. Holds the public key, so that signatures can be checked offline years later.
package struct CertificateRecord: Sendable, Equatable, EntryMessage {
    package var thumbprint: Thumbprint
    package var principal: PrincipalNumber
    /// SubjectPublicKeyInfo, DER.
    package var publicKey: [UInt8]
    package var notBefore: Timestamp
    package var notAfter: Timestamp

    package init(thumbprint: Thumbprint, principal: PrincipalNumber, publicKey: [UInt8], notBefore: Timestamp, notAfter: Timestamp) {
        self.thumbprint = thumbprint
        self.principal = principal
        self.publicKey = publicKey
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    func write(to writer: inout WireWriter) {
        writer.thumbprint(1, thumbprint)
        writer.varint(2, UInt64(principal.value))
        writer.bytes(3, publicKey)
        writer.time(4, notBefore)
        writer.time(5, notAfter)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var thumbprint: Thumbprint?, principal: PrincipalNumber?, key: [UInt8]?, notBefore: Timestamp?, notAfter: Timestamp?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: thumbprint = try field.thumbprint()
            case 2: principal = try field.principal()
            case 3: key = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 4: notBefore = try field.time()
            case 5: notAfter = try field.time()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            thumbprint: try required(thumbprint, 1), principal: try required(principal, 2), publicKey: try required(key, 3),
            notBefore: try required(notBefore, 4), notAfter: try required(notAfter, 5))
    }
}
