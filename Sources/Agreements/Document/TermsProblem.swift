/// One thing that is wrong, or doubtful, in a terms document: where, what, and what to do. Names fields and codes, never free text of the document.
package struct TermsProblem: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: Hashable, Sendable {
        /// The terms cannot be used as they are.
        case error
        /// The terms can be used; a reviewer should ask about this.
        case warning
    }

    /// What kind of problem it is: stable, for programs.
    package enum Code: String, Hashable, CaseIterable, Sendable {
        // Form of the document.
        case unknownKey = "UNKNOWN_KEY"
        case duplicate = "DUPLICATE"
        case missing = "MISSING"
        case malformed = "MALFORMED"
        case outOfRange = "OUT_OF_RANGE"
        case tooDeep = "TOO_DEEP"
        case tooLarge = "TOO_LARGE"
        case notCanonical = "NOT_CANONICAL"
        // Sense of the terms.
        case contradiction = "CONTRADICTION"
        case dates = "DATES"
        case legalBasis = "LEGAL_BASIS"
        case notAssigned = "NOT_ASSIGNED"
        // Against the live schema.
        case unknownDataset = "UNKNOWN_DATASET"
        case schemaChanged = "SCHEMA_CHANGED"
        case unknownField = "UNKNOWN_FIELD"
        case notSingleField = "NOT_A_SINGLE_FIELD"
        case lookupNotOffered = "LOOKUP_NOT_OFFERED"
        case labelTooLow = "LABEL_TOO_LOW"
        case transformNotOffered = "TRANSFORM_NOT_OFFERED"
        // Against what this broker can do.
        case evidenceNotTaken = "EVIDENCE_NOT_TAKEN"
        // Doubts.
        case directIdentifier = "DIRECT_IDENTIFIER"
        case exactBesideGeneralised = "EXACT_BESIDE_GENERALISED"
        case freeText = "FREE_TEXT"
        case everyRow = "EVERY_ROW"
        case sensitiveReleased = "SENSITIVE_RELEASED"
        case sensitiveInferred = "SENSITIVE_INFERRED"
        case constantReleased = "CONSTANT_RELEASED"
        case shortValuesWhole = "SHORT_VALUES_WHOLE"
        case guessablePseudonym = "GUESSABLE_PSEUDONYM"
        case mapKeysReleased = "MAP_KEYS_RELEASED"
        case bytesReleased = "BYTES_RELEASED"
        case unlabelled = "UNLABELLED"
        case filterOnHidden = "FILTER_ON_HIDDEN"
        case paperwork = "PAPERWORK"
        case highRisk = "HIGH_RISK"
    }

    package let code: Code
    package let severity: Severity
    /// Where in the document, such as `datasets[uc.awards].fields[claimant.nino].transform`; empty for the document as a whole.
    package let path: String
    /// What is wrong, as a clause after the path: `is missing`.
    package let fault: String
    /// What to do, as a sentence.
    package let remedy: String

    package init(_ code: Code, _ severity: Severity = .error, path: String, fault: String, remedy: String) {
        self.code = code
        self.severity = severity
        self.path = path
        self.fault = fault
        self.remedy = remedy
    }

    package var description: String {
        "\(path.isEmpty ? "the document" : path) \(fault). \(remedy)"
    }
}
