import ProtobufWire
import Vocabulary

/// Which rows may leave at all. Decided on the source record, after the last of repeated singular values has won, never on the output.
///
/// A test on a field that is missing, invalid or of the wrong type is false, and a filter can only be built from tests, `all` and `any`: there is no
/// negation, so what cannot be decided never lets a row through.
package indirect enum RowFilter: Hashable, Sendable {
    /// The leaf's value is one of these. One value is equality. Values are text in the form of the field's type: decimal numbers, `true`
    /// and `false`, names of enum values, and text as it is.
    case test(FieldPath, anyOf: [String])
    case all([RowFilter])
    case any([RowFilter])

    /// Leaves that the filter reads, in the order of the filter.
    package var paths: [FieldPath] {
        switch self {
        case .test(let path, _): [path]
        case .all(let parts), .any(let parts): parts.flatMap(\.paths)
        }
    }

    /// Most levels, tests and values that a filter may have.
    package static let maxDepth = 8
    package static let maxTests = 64
    package static let maxValues = 1_024

    /// Canonical protobuf: test 1 { path 1, value 2 repeated, ascending }, all 2 { part 1 repeated }, any 3 { part 1 repeated }.
    package var canonicalBytes: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .test(let path, let values):
            writer.message(1) { test in
                test.string(1, path.description)
                for value in Set(values).sorted() { test.element(2, value) }
            }
        case .all(let parts):
            writer.message(2) { list in
                for part in parts { list.element(1, part.canonicalBytes) }
            }
        case .any(let parts):
            writer.message(3) { list in
                for part in parts { list.element(1, part.canonicalBytes) }
            }
        }
        return writer.bytes
    }
}
