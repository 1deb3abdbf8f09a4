import AuditTrail

/// Why a call fails, in the broker's own words. Only ``StatusMapping`` turns one into a status on the wire.
/// Nothing in it repeats a value of the request: field names, codes and remedies only.
package enum CallFault: Error, Hashable, Sendable {
    /// A field of the request is wrong: its path, what is wrong and what to do.
    case invalid(field: String, problem: String)
    /// Several are.
    case invalidFields([FieldProblem])
    /// No identity or token that the broker accepts. One answer for every cause; the reason is for the ledger alone.
    case unauthenticated(reason: String)
    /// The token is bound to an earlier certificate of the same client (RFC 6750 `invalid_token`; tokens.md, L10).
    case certificateChanged
    /// What a running stream rests on is no longer so.
    case revoked(reason: String)
    /// Who watches is no longer one who may. The caller is told none of the reason.
    case watchEnded(reason: String)
    /// What a running stream needs is not there now; what has left has its receipts.
    case interrupted(part: String)
    /// Refused by role, agreement or policy. Paths name fields of the dataset only; other names that were asked for are counted, as a caller may
    /// have put a citizen's number where a name belongs.
    case denied(reason: String, paths: [String], unknownFields: Int = 0, message: String = "")
    /// What is asked for does not exist; the field of the request that names it, where one does.
    case notFound(what: String, field: String = "")
    /// It exists, but the caller may not know that: the same answer as ``notFound(what:field:)``, with the true reason in the ledger.
    case concealed(what: String, reason: String, field: String = "")
    case alreadyExists(what: String)
    /// Not in this state: a stable code, a sentence that says what to do first, and the fields it is about.
    case precondition(reason: String, remedy: String, problems: [FieldProblem] = [])
    /// A quota of the terms or of the token is used up, or a bound of the broker is reached.
    case exhausted(reason: String)
    /// The broker does as much for this client as it does at one time; where it was refused.
    case busy(reason: String, stage: DenialEntry.Stage)
    /// The caller has gone, cancelled or run out of time before anything was done for it. Nobody hears this.
    case abandoned
    /// OAuth's `invalid_scope` (RFC 6749 §5.2): one text for "does not exist" and "not yours".
    case invalidScope(reason: String)
    /// OAuth's `invalid_authorization_details` (RFC 9396 §5).
    case invalidAuthorizationDetails(reason: String)
    /// The ledger or a source cannot be reached; nothing was sent and the call may be made again.
    case unavailable(part: String)
    /// A broken invariant of ours. The log has the details under the call's reference.
    case `internal`(part: String)

    package struct FieldProblem: Hashable, Sendable {
        package let field: String
        package let problem: String
        package let line: UInt32

        package init(field: String, problem: String, line: UInt32 = 0) {
            self.field = field
            self.problem = problem
            self.line = line
        }
    }

    /// A search that goes on from an earlier answer would mix two revisions.
    static let datasetChanged = CallFault.precondition(
        reason: "DATASET_CHANGED", remedy: "The dataset has a new revision since. Start again from its first record.")

    static let organisationRetired = CallFault.precondition(
        reason: "ORGANISATION_RETIRED", remedy: "The organisation is retired, which is final. Use an active one.")

    /// A list of the register is as long as one may be. Nothing in it is ever deleted.
    static func full(of what: String, most: Int) -> CallFault {
        .precondition(reason: "REGISTER_FULL", remedy: "The register holds \(most) \(what), retired ones included, and no more. Use one that is there.")
    }

    /// The fields that a refusal is about, at most `most` of them, and how many names asked for are no fields: no field's name has a space in it.
    static func concerned(_ paths: [String], unknownFields: Int, most: Int = .max) -> [String] {
        let unknown = unknownFields == 0 ? [] : [unknownFields == 1 ? "1 unknown field" : "\(unknownFields) unknown fields"]
        return paths.prefix(most) + unknown
    }

    /// The true reason for a DENIAL entry; nil where the fault is the broker's own and refuses nobody.
    var recordedReason: String? {
        switch self {
        case .invalid, .invalidFields: "REQUEST_INVALID"
        case .unauthenticated(let reason), .revoked(let reason), .watchEnded(let reason), .concealed(_, let reason, _), .invalidScope(let reason),
            .invalidAuthorizationDetails(let reason), .exhausted(let reason), .busy(let reason, _):
            reason
        case .certificateChanged: "token_certificate_changed"
        case .denied(let reason, _, _, _), .precondition(let reason, _, _): reason
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .unavailable, .interrupted, .internal, .abandoned: nil
        }
    }
}
