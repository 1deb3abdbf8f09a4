import Cryptography
import Vocabulary

@testable import Tokens

/// One broker key, one client, one agreement.
struct TokenFixtures {
    static let issuer = "https://broker.dwp.example"
    static let audience = "https://broker.dwp.example/exchange"
    static let now = Timestamp(seconds: 1_795_353_600)!
    static let certificate = Thumbprint(Digest([UInt8](repeating: 0x11, count: 32))!)
    static let otherCertificate = Thumbprint(Digest([UInt8](repeating: 0x22, count: 32))!)
    static let client = ClientID("hmrc-debt-match")!

    let key: ES256PrivateKey
    let signer: TokenSigner
    let verifier: TokenVerifier

    init() throws {
        key = try ES256PrivateKey.generate()
        signer = TokenSigner(key)
        verifier = TokenVerifier(
            issuer: TokenFixtures.issuer, audience: TokenFixtures.audience, keys: TokenKeys([key.publicKey])!)
    }

    static let detail = AuthorizationDetail(
        agreement: AgreementID("ISA-2026-0042")!, version: AgreementVersion(3)!,
        policy: Digest([UInt8](repeating: 0xab, count: 32))!,
        datasets: [
            AuthorizationDetail.Dataset(
                id: DatasetID("uc.awards")!, schema: Digest([UInt8](repeating: 0xcd, count: 32))!, actions: [.read],
                fields: [FieldPath("claim.nino")!, FieldPath("claim.award_month")!, FieldPath("claim.amount")!], rowFilter: "rf:7")
        ],
        purpose: PurposeCode("debt-recovery")!, legalBasis: LegalBasisCode("DEA2017-s48")!,
        limits: AuthorizationDetail.Limits(rows: 50_000, bytes: 104_857_600, calls: 200, rowsPerCall: 1_000),
        network: [IPNetwork("10.20.0.0/16")!], classification: "OFFICIAL-SENSITIVE", isReidentification: false)

    static let claims = Claims(
        issuer: issuer, audience: audience, organisation: OrganisationID("hmrc")!, client: client,
        issuedAt: now, notBefore: now, expiry: now.advanced(seconds: 300), id: TokenID("0199f2c1-7c1e-7b55-9d10-3b0c6a0f1c22")!,
        boundTo: certificate,
        scope: Scope(
            agreement: detail.agreement, version: detail.version,
            datasets: [Scope.DatasetTerm(dataset: DatasetID("uc.awards")!, action: .read)], purpose: detail.purpose),
        detail: detail, epochs: Epochs(agreement: 17, organisation: 4, client: 9, broker: 6), maxDelegationDepth: 1)

    static let revocations = RevocationSnapshot(
        broker: 6, agreements: [detail.agreement: 17], organisations: [OrganisationID("hmrc")!: 4], clients: [client: 9])

    static let peer = TokenPeer(certificate: certificate, client: client)

    func token(_ change: (inout Claims) -> Void = { _ in }) throws -> String {
        var claims = TokenFixtures.claims
        change(&claims)
        return try signer.token(claims)
    }

    /// A token over any header and payload, signed by our own key.
    func token(header: String, payload: [UInt8]) throws -> String {
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(payload)
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }

    var header: String { #"{"alg":"ES256","typ":"at+jwt","kid":"\#(key.publicKey.keyID)"}"# }

    /// A token over our header and the payload with one text replaced by another.
    func token(replacing old: String, with new: String) throws -> String {
        let payload = String(decoding: TokenFixtures.claims.json.text, as: UTF8.self)
        precondition(payload.contains(old), "the fixture does not hold what the test replaces")
        return try token(header: header, payload: Array(payload.replacing(old, with: new).utf8))
    }

    func verify(
        _ text: String, now: Timestamp = TokenFixtures.now, peer: TokenPeer = TokenFixtures.peer,
        revocations: RevocationSnapshot = TokenFixtures.revocations
    ) throws(TokenFault) -> VerifiedToken {
        var cache = SignatureCache()
        return try verify(text, cache: &cache, now: now, peer: peer, revocations: revocations)
    }

    func verify(
        _ text: String, cache: inout SignatureCache, now: Timestamp = TokenFixtures.now, peer: TokenPeer = TokenFixtures.peer,
        revocations: RevocationSnapshot = TokenFixtures.revocations
    ) throws(TokenFault) -> VerifiedToken {
        try VerifiedToken(try SignedToken(text), by: verifier, cache: &cache, peer: peer, now: now, revocations: revocations)
    }

    /// The fault of a token, nil where it is accepted.
    func fault(
        _ text: String, now: Timestamp = TokenFixtures.now, peer: TokenPeer = TokenFixtures.peer,
        revocations: RevocationSnapshot = TokenFixtures.revocations
    ) -> TokenFault? {
        do throws(TokenFault) {
            _ = try verify(text, now: now, peer: peer, revocations: revocations)
            return nil
        } catch { return error }
    }
}
