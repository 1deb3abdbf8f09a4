/// Why a request for a token is refused. The audience-safe code is `code`; the cases tell apart nothing that would show whether
/// somebody else's agreement exists.
package enum GrantFault: Error, Hashable, Sendable {
    /// The text does not follow the scope grammar.
    case scopeSyntax
    /// Nothing of what was asked is allowed, or the agreement is not there for this client.
    case scopeNotGranted
    /// `authorization_details` is not acceptable JSON.
    case detailsJSON(JSONFault)
    case detailsMember(MemberFault)
    /// Not our type, or not exactly one detail.
    case detailsType
    /// Outside 1 to 600 seconds.
    case lifetime
    /// The token would be longer than 8,192 bytes: ask for fewer fields.
    case tooLarge

    /// The OAuth error code (RFC 6749 §5.2, RFC 9396 §5).
    package var code: String {
        switch self {
        case .scopeSyntax, .scopeNotGranted: "invalid_scope"
        case .detailsJSON, .detailsMember, .detailsType: "invalid_authorization_details"
        case .lifetime, .tooLarge: "invalid_request"
        }
    }
}
