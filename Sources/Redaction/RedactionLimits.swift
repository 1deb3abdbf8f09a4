/// Bounds on what one record may cost.
package struct RedactionLimits: Hashable, Sendable {
    /// Bytes of a source record.
    package var maxRecordBytes = 1 << 20
    /// Fields met in one record, skipped ones and packed elements included.
    package var maxFields = 100_000
    /// Places for fields in all messages met: sub-messages times the fields that each could have.
    package var maxSlots = 1 << 20
    /// Bytes of a text that a transform reads.
    package var maxTransformedTextBytes = 65_536

    package init() {}

    package static let standard = RedactionLimits()
}
