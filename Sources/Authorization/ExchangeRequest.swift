import Vocabulary

/// What a partner asks for in one call, after its message was read and before anything was looked up.
package struct ExchangeRequest: Hashable, Sendable {
    /// How rows are searched for. Only the fields are of interest here; a decision never sees a value.
    package enum Search: Hashable, Sendable {
        /// One record by its key.
        case key([FieldPath])
        /// Every row that meets conditions on these fields; none means all rows that the row filter lets through.
        case filter([FieldPath])
        /// A comparison of the caller's record with the source's.
        case match([FieldPath])
    }

    package var agreement: AgreementID
    package var dataset: DatasetID
    package var operation: Operation
    package var purpose: PurposeCode
    /// Leaf paths; none asks for all that the token allows.
    package var fields: [FieldPath]
    package var search: Search
    /// Most rows wanted in this answer or batch; 1 or more.
    package var maxRows: UInt64
    /// Whether the caller signed its request.
    package var isSigned: Bool
    /// IPv4 address of the caller; nil where it has none.
    package var address: UInt32?

    package init(
        agreement: AgreementID, dataset: DatasetID, operation: Operation, purpose: PurposeCode, fields: [FieldPath], search: Search,
        maxRows: UInt64, isSigned: Bool = false, address: UInt32? = nil
    ) {
        self.agreement = agreement
        self.dataset = dataset
        self.operation = operation
        self.purpose = purpose
        self.fields = fields
        self.search = search
        self.maxRows = maxRows
        self.isSigned = isSigned
        self.address = address
    }
}
