import Authorization

/// What a denied caller may know and do about it, in one or two sentences for each code. They say no more than the code does.
enum DenialWords {
    static func text(_ code: String, fields: [String]) -> String {
        guard let reason = DenialReason(rawValue: code) else { return office(code) }
        let named = fields.isEmpty ? "" : " (\(fields.joined(separator: ", ")))"
        return exchange(reason, named)
    }

    /// Why a running stream was stopped.
    static func ofStream(_ code: String) -> String {
        DenialReason(rawValue: code).map { exchange($0, "") } ?? "What the token depends on has changed: get a new token."
    }

    /// What to do where a limit is used up.
    static func ofLimit(_ code: String) -> String {
        switch code {
        case _ where code.hasSuffix("_per_day_exceeded"): "Limits of the terms are counted in UTC days: ask again tomorrow, or have the terms amended."
        case _ where code.hasPrefix("token_"): "Get a new token, or one that allows more."
        case "stream_seconds_exceeded", DenialReason.tooManyRows.rawValue:
            "One call of the terms may do no more: go on with another that names the last receipt in resume_after."
        default: "Try again when less is under way."
        }
    }

    /// `named` lists fields in brackets, or is empty.
    private static func exchange(_ reason: DenialReason, _ named: String) -> String {
        switch reason {
        case .otherAgreement: "agreement: the token was given for another one. Get a token for the agreement that you ask under."
        case .otherVersion, .otherTerms, .tokenWiderThanTerms: "The agreement is not what it was when the token was given. Get a new token."
        case .notYetStarted: "The agreement does not hold yet. Ask from its first day on."
        case .notActive: "The agreement is not in force. `concordat agreement show` says what is still needed."
        case .suspended: "The agreement is suspended. Its officers say when it may be used again."
        case .expired, .terminated: "The agreement has ended. Further exchanges need a new one."
        case .notARecipient: "agreement: this organisation is not its recipient. Name an agreement of your own."
        case .consumerRetired, .clientRetired: "This organisation or service is retired from the register. Ask the operator's administrator."
        case .certificateRetired, .certificateNotYetValid, .certificateExpired: "This certificate is not valid now. Enrol a current one and connect with it."
        case .providerRetired: "The provider is retired from the register. Ask the operator's administrator."
        case .purposeNotAllowed: "purpose: the agreement does not allow it. Send the purpose code of the terms."
        case .legalBasisNotAllowed: "The agreement has another legal basis. Send the one of the terms."
        case .operationNotAllowed: "The agreement does not allow this kind of call. Use an operation that the terms list."
        case .datasetNotAllowed: "dataset: the agreement or the token does not name it. Name a dataset of both."
        case .datasetGone, .datasetNotTheProviders, .schemaChanged, .rowFilterChanged, .noProgram:
            "dataset: it is no longer what the agreement was made for. The parties must amend the agreement first."
        case .reidentificationNotAllowed: "The agreement does not allow re-identification."
        case .networkNotAllowed: "The token is bound to other networks. Call from one of those."
        case .evidenceMissing: "The agreement asks for signed requests. Sign the request."
        case .keyNotAllowed: "key: the agreement does not let a record be found by this field. Use a key field of the terms, or a filter."
        case .filterNotAllowed: "filter: the agreement does not let this field be filtered on. Use filter fields of the terms."
        case .matchNotAllowed: "The agreement does not allow this match key. Use one of the terms."
        case .tooManyRows: "page_size: it is more than the agreement allows for one call. Ask for fewer records."
        case .fieldNotInTerms:
            "fields: the agreement does not list what was asked for\(named). Ask for fields of the terms only, or for none to get them all."
        case .fieldNotInToken:
            "fields: the token does not allow what was asked for\(named). Ask for fewer fields, or get a token that allows them."
        }
    }

    /// Registry, catalogue and administration.
    private static func office(_ code: String) -> String {
        switch code {
        case "NOT_OPERATOR_ADMINISTRATOR", "NOT_ADMINISTRATOR_OF_OPERATOR":
            "Only an administrator of the broker's operator may do this. Ask one of them."
        case "NOT_ADMINISTRATOR_OF_ORGANISATION":
            "Only an administrator of that organisation, or of the broker's operator, may do this. Ask one of them, or correct the name."
        case "NOT_OF_ORGANISATION": "Only that organisation's own people, auditors and the operator's administrators may read this. Leave organisation out for your own."
        case "NOT_FOR_THIS_ROLE": "Only auditors, administrators and information asset owners may see why calls were refused. Ask one of them."
        case "NOT_DATA_OWNER":
            "Only an information asset owner or administrator of the organisation that owns the dataset may do this. Ask one of them, or correct owner."
        case "DATASET_OF_ANOTHER": "dataset: it belongs to another organisation. Choose another name for yours."
        case "SEEN_CHECKPOINT_DIFFERS": "seen: this log never had that checkpoint. Keep it as evidence, and tell an auditor."
        default: "This caller may not do this. Ask the operator's administrator which right is missing."
        }
    }
}
