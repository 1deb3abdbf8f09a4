import Cryptography
import ProtobufWire
import Vocabulary

/// A token was issued, exchanged for another, or revoked. The token itself is never in the ledger.
package struct TokenEntry: Sendable, Equatable {
    /// What a new token is bound to, and what it allows.
    package struct Grant: Sendable, Equatable {
        /// The AGREEMENT entry that put the version in force.
        package var agreementEntry: LedgerIndex
        package var certificate: Thumbprint
        /// First moment at which the token is no longer good; a whole second.
        package var expiry: Timestamp
        package var epochs: Epochs
        package var allowance: TokenAllowance

        package init(agreementEntry: LedgerIndex, certificate: Thumbprint, expiry: Timestamp, epochs: Epochs, allowance: TokenAllowance) {
            self.agreementEntry = agreementEntry
            self.certificate = certificate
            self.expiry = expiry
            self.epochs = epochs
            self.allowance = allowance
        }
    }

    package enum Act: Sendable, Equatable {
        case issued(Grant)
        case exchanged(Grant, parent: Digest)
        case revoked(actor: PrincipalNumber, reason: String)
    }

    package var act: Act
    /// SHA-256 of the `jti`.
    package var tokenDigest: Digest
    /// The service that holds the token.
    package var client: PrincipalNumber

    package init(act: Act, tokenDigest: Digest, client: PrincipalNumber) {
        self.act = act
        self.tokenDigest = tokenDigest
        self.client = client
    }
}

extension TokenEntry: EntryMessage {
    private enum Code: UInt32 {
        case issued = 1
        case exchanged = 2
        case revoked = 3
    }

    func write(to writer: inout WireWriter) {
        switch act {
        case .issued(let grant): write(.issued, grant, parent: nil, to: &writer)
        case .exchanged(let grant, let parent): write(.exchanged, grant, parent: parent, to: &writer)
        case .revoked(let actor, let reason):
            writer.varint(1, UInt64(Code.revoked.rawValue))
            writer.digest(2, tokenDigest)
            writer.varint(4, UInt64(client.value))
            writer.varint(9, UInt64(actor.value))
            writer.string(10, reason)
        }
    }

    private func write(_ code: Code, _ grant: Grant, parent: Digest?, to writer: inout WireWriter) {
        writer.varint(1, UInt64(code.rawValue))
        writer.digest(2, tokenDigest)
        writer.entry(3, grant.agreementEntry)
        writer.varint(4, UInt64(client.value))
        writer.thumbprint(5, grant.certificate)
        writer.time(6, grant.expiry)
        writer.epochs(7, grant.epochs)
        writer.digest(8, parent)
        grant.allowance.write(to: &writer)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var code: Code?, digest: Digest?, agreement: LedgerIndex?, client: PrincipalNumber?, certificate: Thumbprint?, expiry: Timestamp?
        var epochs: Epochs?, parent: Digest?, actor = PrincipalNumber(0), reason: String?
        var allowance = TokenAllowance.Parts()
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: code = try field.member()
            case 2: digest = try field.digest()
            case 3: agreement = try field.entry()
            case 4: client = try field.principal()
            case 5: certificate = try field.thumbprint()
            case 6:
                let end = try field.time()
                // Claims hold whole seconds, so no token ends in between.
                guard Timestamp(seconds: end.seconds) == end else { throw .outOfRange(field: 6) }
                expiry = end
            case 7: epochs = try field.epochs()
            case 8: parent = try field.digest()
            case 9: actor = try field.principal()
            case 10: reason = try field.name()
            default: try allowance.read(field)
            }
        }
        tokenDigest = try required(digest, 2)
        self.client = try required(client, 4)
        // Fields of the other act are dropped here and show as a difference when the entry is encoded again.
        let kind = try required(code, 1)
        if kind == .revoked {
            act = .revoked(actor: actor, reason: try required(reason, 10))
            return
        }
        let grant = Grant(
            agreementEntry: try required(agreement, 3), certificate: try required(certificate, 5), expiry: try required(expiry, 6),
            epochs: try required(epochs, 7), allowance: try allowance.allowance())
        act = kind == .issued ? .issued(grant) : .exchanged(grant, parent: try required(parent, 8))
    }
}
