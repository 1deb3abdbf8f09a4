import Cryptography

/// The keys that a verifier accepts, by exact header bytes. The algorithm comes from here, never from a token.
package struct TokenKeys: Sendable {
    package let keys: [VerifyingKey]

    /// Nil for none, more than 16, or the same key twice.
    package init?(_ keys: [ES256PublicKey]) {
        guard (1...TokenLimits.maxKeys).contains(keys.count), Set(keys.map(\.keyID)).count == keys.count else { return nil }
        self.keys = keys.map(VerifyingKey.init)
    }

    func key(forHeader header: ArraySlice<UInt8>) -> VerifyingKey? {
        keys.first { $0.header.elementsEqual(header) }
    }

    /// Why a header is none of ours. Only for the record: whatever it says, the token is refused.
    func fault(inHeader header: ArraySlice<UInt8>) -> TokenFault {
        guard let bytes = Base64URL.decode(utf8: header) else { return .headerMalformed }
        let object: JSONObject
        do throws(JSONFault) {
            let value = try JSONReader.value(bytes, limit: TokenLimits.maxTokenBytes)
            do throws(MemberFault) {
                object = try JSONObject(value, "", known: ["alg", "typ", "kid"])
            } catch { return .headerMembers }
        } catch { return .headerMalformed }
        guard object.optional("alg") == .string("ES256") else { return .headerAlgorithm }
        guard object.optional("typ") == .string("at+jwt") else { return .headerType }
        guard case .string(let keyID)? = object.optional("kid"), keys.contains(where: { $0.keyID == keyID }) else { return .unknownKey }
        // Our own members in another order or spacing: we never wrote it.
        return .headerMalformed
    }

    /// The JSON Web Key Set (RFC 7517), public members only, in the order of the keys.
    package var jwks: [UInt8] {
        let list = keys.map { key in
            JSONValue.object([
                JSONMember("kty", .string("EC")), JSONMember("crv", .string("P-256")),
                JSONMember("x", .string(key.key.jwkX)), JSONMember("y", .string(key.key.jwkY)),
                JSONMember("kid", .string(key.keyID)), JSONMember("use", .string("sig")), JSONMember("alg", .string("ES256")),
            ])
        }
        return JSONValue.object([JSONMember("keys", .array(list))]).text
    }
}
