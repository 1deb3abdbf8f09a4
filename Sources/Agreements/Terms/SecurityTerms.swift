import Vocabulary

/// How the recipient keeps the data. Classification, handling marking and privacy label are three separate things.
package struct SecurityTerms: Hashable, Sendable {
    package let classification: Classification
    /// Such as `OFFICIAL-SENSITIVE`, which is a marking and not a classification.
    package let handling: String?
    /// The most sensitive kind of field that is released: what a signatory's delegation is held against.
    package let privacyLabel: PrivacyLabel
    package let storageLocation: String
    package let leavesUK: Bool
    package let transferMechanism: String?
    package let clearance: String?
    package let assurance: String?
    package let assuranceExpiry: CalendarDate?
    package let encryptionAtRest: String?

    static let shape = TermsShape([
        TermsField(1, "classification", Classification.kind),
        TermsField(2, "handling", .label(max: 64), .optional),
        TermsField(3, "privacy_label", PrivacyLabel.kind),
        TermsField(4, "storage_location", .label(max: TermsLimits.labelBytes)),
        TermsField(5, "leaves_uk", .flag),
        TermsField(6, "transfer_mechanism", .text(max: TermsLimits.textBytes), .optional),
        TermsField(7, "clearance", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(8, "assurance", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(9, "assurance_expiry", .date, .optional),
        TermsField(10, "encryption_at_rest", .label(max: TermsLimits.labelBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        classification = try reader.code("classification")
        handling = reader.optionalText("handling")
        privacyLabel = try reader.code("privacy_label")
        storageLocation = try reader.text("storage_location")
        leavesUK = reader.flag("leaves_uk")
        transferMechanism = reader.optionalText("transfer_mechanism")
        clearance = reader.optionalText("clearance")
        assurance = reader.optionalText("assurance")
        assuranceExpiry = reader.optionalDate("assurance_expiry")
        encryptionAtRest = reader.optionalText("encryption_at_rest")
    }
}

/// Government security classifications.
package enum Classification: String, TermsCode {
    case official
    case secret
    case topSecret = "top-secret"

    package var number: UInt64 {
        switch self {
        case .official: 1
        case .secret: 2
        case .topSecret: 3
        }
    }
}

/// How sensitive a field is, least first. The order is what delegations and declared labels are compared by.
package enum PrivacyLabel: String, TermsCode, Comparable {
    case open = "public"
    case official
    case personal
    case specialCategory = "special-category"
    case criminal
    case restrictedRecord = "restricted-record"

    package var number: UInt64 {
        switch self {
        case .open: 1
        case .official: 2
        case .personal: 3
        case .specialCategory: 4
        case .criminal: 5
        case .restrictedRecord: 6
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
