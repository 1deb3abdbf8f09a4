/// Why a call fails, in the broker's own words. Only ``StatusMapping`` turns one into a status on the wire.
/// Nothing in it repeats a value of the request: field names, codes and remedies only.
package enum CallFault: Error, Hashable, Sendable {
    /// A field of the request is wrong: its path, what is wrong and what to do.
    case invalid(field: String, problem: String)
    /// Several are.
    case invalidFields([FieldProblem])
    /// No identity that the broker accepts. One answer for every cause; the true one is in the ledger.
    case unauthenticated
    /// The token is bound to an earlier certificate of the same client (RFC 6750 `invalid_token`; tokens.md, L10).
    case certificateChanged
    /// A running stream met a newer epoch.
    case revoked
    /// Refused by role, agreement or policy. The code is for the caller; paths name fields only.
    case denied(reason: String, paths: [String])
    /// What is asked for does not exist, or the caller may not know that it does.
    case notFound(what: String)
    case alreadyExists(what: String)
    /// Not in this state: a stable code and a sentence that says what to do first.
    case precondition(reason: String, remedy: String)
    /// A quota of the terms or of the token is used up, or a bound of the broker is reached.
    case exhausted(reason: String)
    /// OAuth's `invalid_scope` (RFC 6749 §5.2): one text for "does not exist" and "not yours".
    case invalidScope
    /// OAuth's `invalid_authorization_details` (RFC 9396 §5).
    case invalidAuthorizationDetails
    /// The ledger or a source cannot be reached; nothing was sent and the call may be made again.
    case unavailable(part: String)
    /// A broken invariant of ours. The log has the reference; the caller gets only that.
    case `internal`(reference: String)

    package struct FieldProblem: Hashable, Sendable {
        package let field: String
        package let problem: String

        package init(field: String, problem: String) {
            self.field = field
            self.problem = problem
        }
    }
}
