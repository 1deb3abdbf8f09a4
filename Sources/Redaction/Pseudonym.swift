import Cryptography

/// T13. An identifier becomes a keyed code that is the same for the same person within its scope and cannot be joined outside it: the first bytes of
/// HMAC-SHA-256 in base64url. Nobody can turn it back, the broker included.
package struct Pseudonym: Hashable, Sendable {
    /// Within what the code is the same.
    package enum Scope: Hashable, Sendable {
        case recipient
        case agreement
        /// A linkage project of several agreements of one recipient.
        case project(String)
    }

    package let scope: Scope
    /// The kind of identifier; equal identifiers of two domains get different codes.
    package let domain: String
    package let canon: Canonicaliser
    /// Bytes of the code before encoding: 16 to 32.
    package let byteCount: Int

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        let text = try reader.required("scope", as: "agreement, recipient or project:NAME")
        switch text {
        case "recipient": scope = .recipient
        case "agreement": scope = .agreement
        default:
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "project", isSlug(String(parts[1])) else {
                throw reader.fault("scope", "'\(text.prefix(40))' is not agreement, recipient or project:NAME")
            }
            scope = .project(String(parts[1]))
        }
        domain = try reader.required("domain", as: "the kind of identifier, such as nino")
        guard isSlug(domain) else { throw reader.fault("domain", "use up to 32 of a-z, 0-9 and -") }
        let name = try reader.required("canon", as: "one of \(Canonicaliser.allNames)")
        guard let canon = Canonicaliser(rawValue: name) else {
            throw reader.fault("canon", "'\(name.prefix(40))' is not one of \(Canonicaliser.allNames)")
        }
        self.canon = canon
        byteCount = try reader.whole("bytes", in: 16...32, default: 16)
        let encoding = reader.text("enc") ?? "b64url"
        guard encoding == "b64url" else { throw reader.fault("enc", "only b64url is offered") }
    }

    var parameters: [Transform.Parameter] {
        let name =
            switch scope {
            case .recipient: "recipient"
            case .agreement: "agreement"
            case .project(let project): "project:" + project
            }
        return [
            Transform.Parameter("bytes", String(byteCount)), Transform.Parameter("canon", canon.rawValue),
            Transform.Parameter("domain", domain), Transform.Parameter("enc", "b64url"), Transform.Parameter("scope", name),
        ]
    }

    /// The words of the formula, frozen.
    private static let label = Array("concordat/pseudonym/v1".utf8)
    private static let salt = Array("concordat/root/v1".utf8)

    /// K = HKDF-SHA256(root, "concordat/root/v1", LP(label) LP("recipient:"r) LP("scope:"s) LP("domain:"d) LP(u32be(epoch)), 32).
    /// For the scope `recipient`, s is the word itself; agreements are called by upper-case names and projects `project/NAME`, so no two meet.
    static func secret(root: SecretBytes, epoch: UInt32, recipient: String, scope: String, domain: String) -> SecretBytes {
        var info: [UInt8] = []
        appendPrefixed(label, to: &info)
        appendPrefixed(Array("recipient:\(recipient)".utf8), to: &info)
        appendPrefixed(Array("scope:\(scope)".utf8), to: &info)
        appendPrefixed(Array("domain:\(domain)".utf8), to: &info)
        appendPrefixed((0..<4).map { UInt8(truncatingIfNeeded: epoch >> UInt32(24 - 8 * $0)) }, to: &info)
        return HKDF.sha256(secret: root, salt: salt, info: info, length: 32)
    }

    /// Appends base64url(first bytes of HMAC(K, LP(label) LP(canonical value))), or refuses where the value has no canonical form.
    func apply(_ text: Span<UInt8>, key: HMACKey, into output: inout [UInt8]) -> Bool {
        var canonical: [UInt8] = []
        guard canon.canonicalise(text, into: &canonical) else { return false }
        var message: [UInt8] = []
        message.reserveCapacity(canonical.count + Pseudonym.label.count + 4)
        Pseudonym.appendPrefixed(Pseudonym.label, to: &message)
        Pseudonym.appendPrefixed(canonical, to: &message)
        let tag = key.authenticate(message)
        let code = Array(tag.bytes.prefix(byteCount))
        output.append(contentsOf: Base64URL.encode(code).utf8)
        return true
    }

    /// LP(x) = u16be(length) x.
    private static func appendPrefixed(_ bytes: [UInt8], to output: inout [UInt8]) {
        precondition(bytes.count <= 0xffff, "a length prefix has 16 bits")
        output.append(UInt8(bytes.count >> 8))
        output.append(UInt8(bytes.count & 0xff))
        output.append(contentsOf: bytes)
    }
}
