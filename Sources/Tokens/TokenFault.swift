/// Why a token is not accepted: the true reason, for the DENIAL entry. The caller hears `answer` only.
package enum TokenFault: Error, Hashable, Sendable {
    /// No bearer token, more than one, or another scheme.
    case notOneBearerToken
    case tooLarge
    /// Not three segments between two dots, or a signature segment of another length than 86 characters.
    case segments
    case headerMalformed
    case headerMembers
    case headerAlgorithm
    case headerType
    case unknownKey
    case signature
    case payloadEncoding
    case payloadJSON(JSONFault)
    case payloadMember(MemberFault)
    case issuer
    case audience
    case expired
    case notYetValid
    case issuedInTheFuture
    /// Expires more than 600 s after it was issued, or before.
    case lifetime
    /// Bound to another certificate than the connection's.
    case otherCertificate
    /// As above, but the connection's certificate is registered to the same client: it was renewed.
    case certificateChanged
    /// No counter is known for its agreement, organisation or client.
    case unknownSubject
    case staleAgreement
    case staleOrganisation
    case staleClient
    case staleBroker
    case revoked

    /// What the caller is told. One answer for all, so that nobody learns how far a forged token got.
    package enum Answer: Hashable, Sendable {
        case unauthenticated
        /// UNAUTHENTICATED with the reason `cert_changed`: ask for a new token.
        case certificateChanged
    }

    package var answer: Answer {
        self == .certificateChanged ? .certificateChanged : .unauthenticated
    }

    /// The reason code of the DENIAL entry.
    package var reason: String {
        switch self {
        case .notOneBearerToken: "token_not_one_bearer"
        case .tooLarge: "token_too_large"
        case .segments: "token_segments"
        case .headerMalformed: "token_header_malformed"
        case .headerMembers: "token_header_members"
        case .headerAlgorithm: "token_header_alg"
        case .headerType: "token_header_typ"
        case .unknownKey: "token_unknown_key"
        case .signature: "token_bad_signature"
        case .payloadEncoding: "token_payload_encoding"
        case .payloadJSON: "token_payload_json"
        case .payloadMember: "token_payload_member"
        case .issuer: "token_issuer"
        case .audience: "token_audience"
        case .expired: "token_expired"
        case .notYetValid: "token_not_yet_valid"
        case .issuedInTheFuture: "token_issued_in_future"
        case .lifetime: "token_lifetime"
        case .otherCertificate: "token_other_certificate"
        case .certificateChanged: "token_certificate_changed"
        case .unknownSubject: "token_unknown_subject"
        case .staleAgreement: "token_stale_agreement"
        case .staleOrganisation: "token_stale_organisation"
        case .staleClient: "token_stale_client"
        case .staleBroker: "token_stale_broker"
        case .revoked: "token_revoked"
        }
    }
}
