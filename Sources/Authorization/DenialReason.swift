/// Every reason for which an exchange is refused. The code is the DENIAL entry's and the caller's; it carries no value of a record.
package enum DenialReason: String, CaseIterable, Error, Hashable, Sendable {
    // What the token says is not what the agreement is now.
    case otherAgreement = "agreement_not_in_token"
    case otherVersion = "agreement_version_changed"
    case otherTerms = "agreement_terms_changed"
    case tokenWiderThanTerms = "token_wider_than_terms"

    // The agreement does not hold now.
    case notYetStarted = "agreement_not_yet_started"
    case notActive = "agreement_not_active"
    case suspended = "agreement_suspended"
    case expired = "agreement_expired"
    case terminated = "agreement_terminated"

    // Someone it concerns is gone.
    case notARecipient = "not_a_recipient"
    case consumerRetired = "organisation_retired"
    case clientRetired = "client_retired"
    case certificateRetired = "certificate_retired"
    case certificateNotYetValid = "certificate_not_yet_valid"
    case certificateExpired = "certificate_expired"
    case providerRetired = "provider_retired"

    // Not for this.
    case purposeNotAllowed = "purpose_not_allowed"
    case legalBasisNotAllowed = "legal_basis_not_allowed"
    case operationNotAllowed = "operation_not_allowed"
    case datasetNotAllowed = "dataset_not_allowed"
    case datasetGone = "dataset_gone"
    case datasetNotTheProviders = "dataset_not_of_provider"
    case schemaChanged = "dataset_schema_changed"
    case rowFilterChanged = "row_filter_changed"
    case reidentificationNotAllowed = "reidentification_not_allowed"
    case networkNotAllowed = "network_not_allowed"
    case evidenceMissing = "signed_request_required"

    // Not this much.
    case fieldNotInTerms = "field_not_in_terms"
    case fieldNotInToken = "field_not_in_token"
    case keyNotAllowed = "key_field_not_allowed"
    case filterNotAllowed = "filter_field_not_allowed"
    case matchNotAllowed = "match_key_not_allowed"
    case tooManyRows = "rows_per_call_exceeded"

    /// The terms do not compile for the dataset: nothing can be released under them.
    case noProgram = "terms_not_compilable"
}
