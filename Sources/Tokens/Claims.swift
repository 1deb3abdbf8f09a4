import Cryptography
import Vocabulary

/// The payload of a token (RFC 9068 with `authorization_details` and our counters). Members, all required, are those of `Protocols/tokens.md`.
package struct Claims: Hashable, Sendable {
    package enum Use: String, Hashable, Sendable {
        case multi
        case once
    }

    /// `iss`.
    package var issuer: String
    /// `aud`: one string.
    package var audience: String
    /// From `sub`, `org:<organisation>:svc:<service>`.
    package var organisation: OrganisationID
    package var client: ClientID
    /// `iat`, whole seconds.
    package var issuedAt: Timestamp
    /// `nbf`, whole seconds.
    package var notBefore: Timestamp
    /// `exp`, whole seconds: the first moment at which the token is no longer good.
    package var expiry: Timestamp
    package var id: TokenID
    /// `cnf.x5t#S256`.
    package var boundTo: Thumbprint
    package var scope: Scope
    package var detail: AuthorizationDetail
    package var epochs: Epochs
    package var use: Use
    /// How many exchanges lie between this token and the one first issued, and how many may.
    package var delegationDepth: UInt32
    package var maxDelegationDepth: UInt32

    package init(
        issuer: String, audience: String, organisation: OrganisationID, client: ClientID, issuedAt: Timestamp, notBefore: Timestamp,
        expiry: Timestamp, id: TokenID, boundTo: Thumbprint, scope: Scope, detail: AuthorizationDetail, epochs: Epochs,
        use: Use = .multi, delegationDepth: UInt32 = 0, maxDelegationDepth: UInt32 = 0
    ) {
        self.issuer = issuer
        self.audience = audience
        self.organisation = organisation
        self.client = client
        self.issuedAt = issuedAt
        self.notBefore = notBefore
        self.expiry = expiry
        self.id = id
        self.boundTo = boundTo
        self.scope = scope
        self.detail = detail
        self.epochs = epochs
        self.use = use
        self.delegationDepth = delegationDepth
        self.maxDelegationDepth = maxDelegationDepth
    }

    /// `sub`: a service is named without its organisation's prefix.
    package var subject: String {
        let prefix = organisation.text + "-"
        let service = client.text.hasPrefix(prefix) ? String(client.text.dropFirst(prefix.count)) : client.text
        return "org:\(organisation):svc:\(service)"
    }
}

extension Claims {
    private static let members = [
        "iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "cnf", "scope", "authorization_details", "epochs", "use", "delegation",
    ]

    /// Members in a fixed order, so that the same claims are the same bytes.
    package var json: JSONValue {
        .object([
            JSONMember("iss", .string(issuer)),
            JSONMember("aud", .string(audience)),
            JSONMember("sub", .string(subject)),
            JSONMember("client_id", .string(client.text)),
            JSONMember("iat", .integer(issuedAt.seconds)),
            JSONMember("nbf", .integer(notBefore.seconds)),
            JSONMember("exp", .integer(expiry.seconds)),
            JSONMember("jti", .string(id.text)),
            JSONMember("cnf", .object([JSONMember("x5t#S256", .string(boundTo.base64URL))])),
            JSONMember("scope", .string(scope.text)),
            JSONMember("authorization_details", .array([detail.json])),
            JSONMember(
                "epochs",
                .object([
                    JSONMember("agreement", .integer(Int64(clamping: epochs.agreement))),
                    JSONMember("organisation", .integer(Int64(clamping: epochs.organisation))),
                    JSONMember("client", .integer(Int64(clamping: epochs.client))),
                    JSONMember("broker", .integer(Int64(clamping: epochs.broker))),
                ])),
            JSONMember("use", .string(use.rawValue)),
            JSONMember(
                "delegation",
                .object([
                    JSONMember("depth", .integer(Int64(delegationDepth))), JSONMember("max", .integer(Int64(maxDelegationDepth))),
                ])),
        ])
    }

    /// Reads a payload: every member, each of its type and grammar, and no other.
    init(json: JSONValue) throws(MemberFault) {
        let object = try JSONObject(json, "", known: Claims.members)
        let confirmation = try JSONObject(try object.value("cnf"), "cnf", known: ["x5t#S256"])
        let epochs = try JSONObject(
            try object.value("epochs"), "epochs", known: ["agreement", "organisation", "client", "broker"])
        let delegation = try JSONObject(try object.value("delegation"), "delegation", known: ["depth", "max"])
        let details = try object.objects("authorization_details", 1...1)
        guard let depth = UInt32(exactly: try delegation.number("depth")), let most = UInt32(exactly: try delegation.number("max")),
            depth <= most
        else { throw .invalid("delegation") }
        self.init(
            issuer: try object.string("iss"), audience: try object.string("aud"),
            organisation: try object.parsed("sub", Claims.organisation(ofSubject:)),
            client: try object.parsed("client_id", ClientID.init),
            issuedAt: try object.seconds("iat"), notBefore: try object.seconds("nbf"), expiry: try object.seconds("exp"),
            id: try object.parsed("jti", TokenID.init),
            boundTo: try confirmation.parsed("x5t#S256") { Thumbprint(base64URL: $0) },
            scope: try object.parsed("scope", Claims.scope), detail: try AuthorizationDetail(json: details[0]),
            epochs: Epochs(
                agreement: try epochs.number("agreement"), organisation: try epochs.number("organisation"),
                client: try epochs.number("client"), broker: try epochs.number("broker")),
            use: try object.parsed("use", Use.init(rawValue:)), delegationDepth: depth, maxDelegationDepth: most)
        guard try object.string("sub") == subject else { throw .invalid("sub") }
        guard scope.agreement == detail.agreement, scope.version == detail.version, scope.purpose == detail.purpose else {
            throw .invalid("scope")
        }
    }

    private static func organisation(ofSubject text: String) -> OrganisationID? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "org", parts[2] == "svc" else { return nil }
        return OrganisationID(String(parts[1]))
    }

    private static func scope(_ text: String) -> Scope? {
        do throws(GrantFault) { return try Scope(text) } catch { return nil }
    }
}
