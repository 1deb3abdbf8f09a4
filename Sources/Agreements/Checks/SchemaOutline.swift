import Cryptography
import Vocabulary

/// What the terms check must know of a dataset's live schema, and no more.
package struct SchemaOutline: Hashable, Sendable {
    package let dataset: DatasetID
    package let digest: Digest
    /// Every field that holds a value.
    package let fields: [FieldOutline]
    /// Fields by which the source can look one record up.
    package let keyFields: [FieldPath]

    package init(dataset: DatasetID, digest: Digest, fields: [FieldOutline], keyFields: [FieldPath]) {
        self.dataset = dataset
        self.digest = digest
        self.fields = fields
        self.keyFields = keyFields
    }

    package func field(_ path: FieldPath) -> FieldOutline? {
        fields.first { $0.path == path }
    }
}

/// One field that holds a value.
package struct FieldOutline: Hashable, Sendable {
    package let path: FieldPath
    /// The safe reading of the label: a field without one is `personal`.
    package let label: PrivacyLabel
    /// The safe reading of the role: a field without one is `directIdentifier`.
    package let role: IdentifyingRole
    /// The kind of fact, such as `dob` or `postcode`; empty where none is named. Fields of one domain tell about one another.
    package let domain: String
    /// Names of the transforms that fit the field; empty where the caller does not know.
    package let transforms: [String]

    package init(path: FieldPath, label: PrivacyLabel, role: IdentifyingRole, domain: String = "", transforms: [String] = []) {
        self.path = path
        self.label = label
        self.role = role
        self.domain = domain
        self.transforms = transforms
    }
}

/// What a field does for finding out who somebody is. Raw values are the schema label's numbers.
package enum IdentifyingRole: UInt32, Hashable, CaseIterable, Sendable {
    case directIdentifier = 1
    case quasiIdentifier = 2
    case attribute = 3
    case freeText = 4
    case consentFlag = 5
    case subjectKey = 6
    case linkKey = 7
}
