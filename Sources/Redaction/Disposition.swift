/// What became of one of the record's own fields. Raw values are those of the record commitment and never change.
package enum Disposition: UInt8, Hashable, CaseIterable, Sendable {
    /// As the source holds it, in canonical form.
    case released = 1
    /// Changed or cut on the way, or read only to decide.
    case transformed = 2
    /// Not listed, or not asked for. It was not read.
    case withheld = 3
    /// The source has no value.
    case notHeld = 4
}
