import Cryptography
import Testing
import Vocabulary

@testable import Tokens

/// Rows A1 to A18 of the attack matrix. Every refusal has the same answer for the caller.
@Suite struct TokenAttackTests {
    let fixtures: TokenFixtures

    init() throws { fixtures = try TokenFixtures() }

    private func refusal(_ text: String) -> TokenFault? {
        let fault = fixtures.fault(text)
        #expect(fault?.answer ?? .unauthenticated == .unauthenticated)
        return fault
    }

    private func header(_ text: String) throws -> TokenFault? {
        refusal(try fixtures.token(header: text, payload: TokenFixtures.claims.json.text))
    }

    @Test func aGoodTokenIsAccepted() throws {
        #expect(try fixtures.verify(try fixtures.token()).claims == TokenFixtures.claims)
    }

    @Test(arguments: [#""none""#, #""None""#, #""nOnE""#, #""""#, "null", #""HS256""#, #"" HS256""#, #""HS256\n""#, #""ES384""#, #""RS256""#, #""PS256""#, #""EdDSA""#, #""es256""#, #"["ES256"]"#])
    func a1a2a3AlgorithmComesFromOurKey(_ algorithm: String) throws {
        #expect(try header(#"{"alg":\#(algorithm),"typ":"at+jwt","kid":"\#(fixtures.key.publicKey.keyID)"}"#) == .headerAlgorithm)
    }

    @Test func a1MissingAlgorithmAndEmptySignature() throws {
        #expect(try header(#"{"typ":"at+jwt","kid":"\#(fixtures.key.publicKey.keyID)"}"#) == .headerAlgorithm)
        let good = try fixtures.token()
        #expect(refusal(String(good[...good.lastIndex(of: ".")!])) == .segments)
    }

    @Test func a2KeyedHashWithOurPublicKeyIsRefused() throws {
        let signed =
            Base64URL.encode(Array(#"{"alg":"HS256","typ":"at+jwt","kid":"\#(fixtures.key.publicKey.keyID)"}"#.utf8)) + "."
            + Base64URL.encode(TokenFixtures.claims.json.text)
        for secret in [Array(fixtures.key.publicKey.pem.utf8), fixtures.key.publicKey.spkiDER] {
            let tag = HMACKey.sha256(secret).authenticate(Array(signed.utf8))
            #expect(refusal(signed + "." + Base64URL.encode(tag.bytes)) == .segments)
            // Padded to the length of an ES256 signature it gets as far as the header.
            #expect(refusal(signed + "." + Base64URL.encode(tag.bytes + tag.bytes)) == .headerAlgorithm)
        }
    }

    @Test(arguments: [#""jwk":{}"#, #""jku":"https://x.example""#, #""x5u":"https://x.example""#, #""x5c":[]"#, #""x5t":"AA""#, #""crit":["exp"]"#, #""crit":[]"#, #""crit":["x"]"#, #""crit":["b64"],"b64":false"#, #""zip":"DEF""#, #""cty":"JWT""#])
    func a4a5OnlyOurThreeHeaderMembers(_ member: String) throws {
        #expect(try header(#"{"alg":"ES256","typ":"at+jwt","kid":"\#(fixtures.key.publicKey.keyID)",\#(member)}"#) == .headerMembers)
    }

    @Test func a6KeyIdIsALookupKeyOnly() throws {
        for keyID in ["../../dev/null", "' OR 1=1 --", "https://x.example/key", String(repeating: "A", count: 43)] {
            #expect(try header(#"{"alg":"ES256","typ":"at+jwt","kid":"\#(keyID)"}"#) == .unknownKey)
        }
        let ours = fixtures.key.publicKey.keyID
        #expect(try header(#"{"alg":"ES256","typ":"at+jwt","kid":"\#(ours)","kid":"\#(ours)"}"#) == .headerMalformed)
        #expect(try header(#"{"alg":"ES256","typ":"at+jwt","kid":"\#(String(repeating: "A", count: 1_000_000))"}"#) == .tooLarge)
    }

    @Test(arguments: [#""typ":"JWT","#, "", #""typ":"AT+JWT","#, #""typ":"at+JWT","#, #""typ":"client-authentication+jwt","#, #""typ":"application/at+jwt","#])
    func a7OnlyAtJwt(_ type: String) throws {
        #expect(try header(#"{"alg":"ES256",\#(type)"kid":"\#(fixtures.key.publicKey.keyID)"}"#) == .headerType)
    }

    @Test func a7OurMembersInAnotherOrderAreNotOurHeader() throws {
        #expect(try header(#"{"typ":"at+jwt","alg":"ES256","kid":"\#(fixtures.key.publicKey.keyID)"}"#) == .headerMalformed)
        #expect(try header(#"{"alg": "ES256","typ":"at+jwt","kid":"\#(fixtures.key.publicKey.keyID)"}"#) == .headerMalformed)
    }

    private static let order = Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")!

    @Test func a8SignaturesAre64BytesInRange() throws {
        let good = try fixtures.token()
        let signed = String(good[..<good.lastIndex(of: ".")!])
        let signature = Base64URL.decode(good[good.index(after: good.lastIndex(of: ".")!)...])!
        let zero = [UInt8](repeating: 0, count: 32)
        for length in [0, 63, 65] {
            #expect(refusal(signed + "." + Base64URL.encode([UInt8](repeating: 1, count: length))) == .segments)
        }
        for wrong in [zero + signature[32...], signature[..<32] + zero, TokenAttackTests.order + signature[32...], zero + zero] {
            #expect(refusal(signed + "." + Base64URL.encode(wrong)) == .signature)
        }
        #expect(refusal(signed + "." + Base64URL.encode([0x30, 0x44, 0x02, 0x20] + signature[..<32] + [0x02, 0x20] + signature[32...])) == .segments)
    }

    /// RFC 7518 does not forbid s above n/2; the pinned choice is to accept it, and nothing uses a signature's bytes as a name.
    @Test func a8HighAndLowSAreBothAccepted() throws {
        let good = try fixtures.token()
        let signed = String(good[..<good.lastIndex(of: ".")!])
        let signature = Base64URL.decode(good[good.index(after: good.lastIndex(of: ".")!)...])!
        var other = [UInt8](repeating: 0, count: 32), borrow = 0
        for index in stride(from: 31, through: 0, by: -1) {
            let difference = Int(TokenAttackTests.order[index]) - Int(signature[32 + index]) - borrow
            other[index] = UInt8(truncatingIfNeeded: difference)
            borrow = difference < 0 ? 1 : 0
        }
        #expect(refusal(signed + "." + Base64URL.encode(signature[..<32] + other)) == nil)
    }

    @Test func a9OneSpellingOfBase64AndThreeSegments() throws {
        let good = try fixtures.token()
        let parts = good.split(separator: ".").map(String.init)
        #expect(refusal(parts[0] + "." + parts[1] + "=." + parts[2]) == .signature)
        #expect(refusal(parts[0] + "." + parts[1] + " ." + parts[2]) == .signature)
        #expect(refusal(" " + good) == .headerMalformed)
        #expect(refusal(good + "\n") == .segments)
        #expect(refusal(good + "." + parts[2]) == .segments)
        #expect(refusal(parts[0] + "." + parts[2]) == .segments)
        #expect(refusal(parts[0] + ".." + parts[2]) == .segments)
        #expect(refusal([parts[0], "", parts[1], parts[1], parts[2]].joined(separator: ".")) == .segments)
        #expect(refusal(#"{"protected":"\#(parts[0])","payload":"\#(parts[1])","signature":"\#(parts[2])"}"#) == .segments)
        // 64 bytes leave four unused bits in the last of 86 characters: set one of them.
        let last = parts[2].utf8.last!
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let changed = alphabet[alphabet.firstIndex(of: last)! | 1]
        #expect(refusal(parts[0] + "." + parts[1] + "." + parts[2].dropLast() + String(UnicodeScalar(changed))) == .signature)
    }

    @Test func a9PayloadMustBeBase64URLEvenWhenSigned() throws {
        let signed = String(decoding: VerifyingKey(fixtures.key.publicKey).header, as: UTF8.self) + ".e30="
        let token = signed + "." + Base64URL.encode(try fixtures.key.sign(Array(signed.utf8)))
        #expect(refusal(token) == .payloadEncoding)
    }

    @Test func a10SizeIsCheckedFirst() throws {
        #expect(refusal(String(repeating: ".", count: 8_193)) == .tooLarge)
        #expect(refusal(String(repeating: "A", count: 8_193)) == .tooLarge)
        #expect(refusal(String(repeating: "A", count: 8_192)) == .segments)
        #expect(refusal(String(repeating: "A", count: 1_000_000)) == .tooLarge)
    }

    @Test(arguments: [
        (#""exp":1795353900"#, #""exp":1795353900,"exp":1795353900"#), (#""aud":"#, #""aud":"x","aud":"#),
    ])
    func a11DuplicateMembersAreRefused(_ old: String, _ new: String) throws {
        guard case .payloadJSON(.duplicateMember) = refusal(try fixtures.token(replacing: old, with: new)) else {
            Issue.record("a duplicate member was not seen")
            return
        }
    }

    @Test(arguments: ["1795353900.0", "1e400", "1.7e9", "01795353900", "9223372036854775808", "-0"])
    func a11TimesAreIntegers(_ text: String) throws {
        guard case .payloadJSON(.number) = refusal(try fixtures.token(replacing: "1795353900", with: text)) else {
            Issue.record("\(text) was read as a number")
            return
        }
    }

    @Test(arguments: [#""1795353900""#, "-1795353900", "true", "null", "[1795353900]", "9223372036854775807"])
    func a11TimesAreNumbersInRange(_ text: String) throws {
        #expect(refusal(try fixtures.token(replacing: #""exp":1795353900"#, with: #""exp":\#(text)"#)) == .payloadMember(.invalid("exp")))
    }

    @Test func a12HostileTextIsRefused() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(refusal(try fixtures.token(header: fixtures.header, payload: Array(deep.utf8))) == .tooLarge)
        let shallow = Array(String(repeating: "[", count: 4_000).utf8)
        #expect(refusal(try fixtures.token(header: fixtures.header, payload: shallow)) == .payloadJSON(.tooDeep(offset: 16)))
        for text in ["\\ud800", "\\udc00", "\\ud800\\u0041", "\\u0000"] {
            guard case .payloadJSON(.string) = refusal(try fixtures.token(replacing: "OFFICIAL-SENSITIVE", with: text)) else {
                Issue.record("\(text) was read as text")
                continue
            }
        }
        var payload = TokenFixtures.claims.json.text
        payload[payload.firstIndex(of: UInt8(ascii: "h"))!] = 0xff
        guard case .payloadJSON(.string) = refusal(try fixtures.token(header: fixtures.header, payload: payload)) else {
            Issue.record("bytes that are not UTF-8 were read as text")
            return
        }
    }

    @Test func a13Times() throws {
        let token = try fixtures.token()
        #expect(fixtures.fault(token, now: TokenFixtures.now.advanced(seconds: 300)) == .expired)
        #expect(fixtures.fault(token, now: TokenFixtures.now.advanced(seconds: 301)) == .expired)
        #expect(fixtures.fault(token, now: TokenFixtures.now.advanced(microseconds: 299_999_999)) == nil)
        #expect(fixtures.fault(try fixtures.token { $0.notBefore = TokenFixtures.now.advanced(seconds: 11) }) == .notYetValid)
        #expect(fixtures.fault(try fixtures.token { $0.notBefore = TokenFixtures.now.advanced(seconds: 61) }) == .notYetValid)
        #expect(fixtures.fault(try fixtures.token { $0.notBefore = TokenFixtures.now.advanced(seconds: 10) }) == nil)
        #expect(fixtures.fault(try fixtures.token { $0.issuedAt = TokenFixtures.now.advanced(seconds: 9) }) == nil)
        #expect(fixtures.fault(try fixtures.token { $0.issuedAt = TokenFixtures.now.advanced(seconds: 11) }) == .issuedInTheFuture)
    }

    @Test func a13NoToleranceAboveSixtySecondsCanBeConfigured() throws {
        let lax = TokenVerifier(
            issuer: TokenFixtures.issuer, audience: TokenFixtures.audience, keys: fixtures.verifier.keys, tolerance: 3_600)
        #expect(lax.tolerance == 60)
    }

    @Test func a13NoTokenLivesLongerThanTenMinutes() throws {
        #expect(refusal(try fixtures.token(replacing: #""exp":1795353900"#, with: #""exp":1795354201"#)) == .lifetime)
        #expect(refusal(try fixtures.token(replacing: #""exp":1795353900"#, with: #""exp":1795354200"#)) == nil)
        #expect(throws: TokenSignerFault.lifetime) { try fixtures.token { $0.expiry = $0.issuedAt.advanced(seconds: 601) } }
    }

    @Test func a14AudienceIsOneExactString() throws {
        let ours = TokenFixtures.audience
        for other in ["https://other.example/exchange", ours + "/", String(ours.dropLast()), ours.uppercased(), ""] {
            #expect(refusal(try fixtures.token { $0.audience = other }) == .audience)
        }
        for list in [#"["\#(ours)"]"#, #"["x","\#(ours)"]"#] {
            let token = try fixtures.token(replacing: #""aud":"\#(ours)""#, with: #""aud":\#(list)"#)
            #expect(refusal(token) == .payloadMember(.invalid("aud")))
        }
    }

    @Test func a15IssuerIsOneExactString() throws {
        for other in ["https://broker", "http://broker.dwp.example", "https://broker.dwp.example/", "broker.dwp.example", ""] {
            #expect(refusal(try fixtures.token { $0.issuer = other }) == .issuer)
        }
    }

    @Test func a16AnotherBrokersKeyIsUnknown() throws {
        let other = try TokenFixtures()
        #expect(refusal(try other.token()) == .unknownKey)
    }

    @Test func a17TheCacheKnowsWholeTokensOnly() throws {
        let good = try fixtures.token()
        let parts = good.split(separator: ".").map(String.init)
        var cache = SignatureCache()
        _ = try fixtures.verify(good, cache: &cache)
        #expect(cache.count == 1)
        var claims = TokenFixtures.claims
        claims.detail.limits.rows = 1_000_000
        let forged = parts[0] + "." + Base64URL.encode(claims.json.text) + "." + parts[2]
        #expect(throws: TokenFault.signature) { try fixtures.verify(forged, cache: &cache) }
        #expect(cache.count == 1)
    }

    @Test func a17ACachedTokenStillExpiresAndDies() throws {
        let good = try fixtures.token()
        var cache = SignatureCache()
        _ = try fixtures.verify(good, cache: &cache)
        #expect(throws: TokenFault.expired) {
            try fixtures.verify(good, cache: &cache, now: TokenFixtures.now.advanced(seconds: 300))
        }
        var later = TokenFixtures.revocations
        later.agreements[TokenFixtures.detail.agreement] = 18
        #expect(throws: TokenFault.staleAgreement) { try fixtures.verify(good, cache: &cache, revocations: later) }
        #expect(throws: TokenFault.otherCertificate) {
            try fixtures.verify(
                good, cache: &cache, peer: TokenPeer(certificate: TokenFixtures.otherCertificate, client: ClientID("other-client")))
        }
    }

    @Test func theCacheStaysWithinItsBound() throws {
        var cache = SignatureCache(capacity: 10)
        for byte in UInt8(0)..<200 { cache.remember(SignedClaims(TokenFixtures.claims), for: Digest([UInt8](repeating: byte, count: 32))!) }
        #expect(cache.count <= 10)
    }

    private func bearer(_ values: [String]) throws(TokenFault) -> SignedToken {
        try SignedToken(authorization: values.map { Array($0.utf8)[...] })
    }

    @Test func a18ExactlyOneBearerToken() throws {
        let good = try fixtures.token()
        #expect(throws: TokenFault.notOneBearerToken) { try bearer([]) }
        #expect(throws: TokenFault.notOneBearerToken) { try bearer(["Bearer " + good, "Bearer " + good]) }
        #expect(throws: TokenFault.notOneBearerToken) { try bearer(["Basic " + good]) }
        #expect(throws: TokenFault.notOneBearerToken) { try bearer([good]) }
        #expect(throws: TokenFault.tooLarge) { try bearer(["Bearer " + String(repeating: "a", count: 8_193)]) }
        #expect(try bearer(["Bearer " + good]).digest == SignedToken(good).digest)
    }
}

/// Rows B1, B2 and B7: the token belongs to one certificate.
@Suite struct BindingAttackTests {
    let fixtures: TokenFixtures

    init() throws { fixtures = try TokenFixtures() }

    @Test func b1AnotherClientsCertificate() throws {
        let peer = TokenPeer(certificate: TokenFixtures.otherCertificate, client: ClientID("other-client"))
        let fault = fixtures.fault(try fixtures.token(), peer: peer)
        #expect(fault == .otherCertificate)
        #expect(fault?.answer == .unauthenticated)
        #expect(fixtures.fault(try fixtures.token(), peer: TokenPeer(certificate: TokenFixtures.otherCertificate, client: nil)) == .otherCertificate)
    }

    @Test func b2TheSameClientsRenewedCertificate() throws {
        let fault = fixtures.fault(
            try fixtures.token(), peer: TokenPeer(certificate: TokenFixtures.otherCertificate, client: TokenFixtures.client))
        #expect(fault == .certificateChanged)
        #expect(fault?.answer == .certificateChanged)
    }

    @Test(arguments: [
        #""cnf":{}"#, #""cnf":{"jkt":"ERERERERERERERERERERERERERERERERERERERERERE"}"#,
        #""cnf":{"x5t#S256":"ERERERERERERERERERERERERERERERERERERERERER"}"#, #""cnf":null"#, #""x":1"#,
    ])
    func b7ConfirmationIsACompleteThumbprint(_ text: String) throws {
        let whole = #""cnf":{"x5t#S256":"\#(TokenFixtures.certificate.base64URL)"}"#
        guard case .payloadMember = fixtures.fault(try fixtures.token(replacing: whole, with: text)) else {
            Issue.record("\(text) was accepted")
            return
        }
    }
}

@Suite struct RevocationTests {
    let fixtures: TokenFixtures

    init() throws { fixtures = try TokenFixtures() }

    @Test func eachCounterKillsTheToken() throws {
        let token = try fixtures.token()
        let organisation = OrganisationID("hmrc")!
        for change in [UInt64(1), .max] {
            var now = TokenFixtures.revocations
            now.agreements[TokenFixtures.detail.agreement]! &+= change
            #expect(fixtures.fault(token, revocations: now) == .staleAgreement)
            now = TokenFixtures.revocations
            now.organisations[organisation]! &+= change
            #expect(fixtures.fault(token, revocations: now) == .staleOrganisation)
            now = TokenFixtures.revocations
            now.clients[TokenFixtures.client]! &+= change
            #expect(fixtures.fault(token, revocations: now) == .staleClient)
            now = TokenFixtures.revocations
            now.broker &+= change
            #expect(fixtures.fault(token, revocations: now) == .staleBroker)
        }
    }

    @Test func anUnknownSubjectIsRefused() throws {
        var now = TokenFixtures.revocations
        now.clients = [:]
        #expect(fixtures.fault(try fixtures.token(), revocations: now) == .unknownSubject)
    }

    @Test func aRevokedTokenIsRefused() throws {
        var now = TokenFixtures.revocations
        now.denied = [TokenFixtures.claims.id]
        #expect(fixtures.fault(try fixtures.token(), revocations: now) == .revoked)
        #expect(fixtures.fault(try fixtures.token(), revocations: now)?.answer == .unauthenticated)
    }
}
