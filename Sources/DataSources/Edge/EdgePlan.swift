import ProtobufWire
import Redaction
import Vocabulary

/// What a program asks of a source, whatever the caller searches for. Worked out once for a program and a layout.
struct EdgePlan {
    let program: RedactionProgram
    let layout: SourceLayout
    /// The columns that the program needs, ascending.
    let fields: [Int]
    /// What an index can answer of the row filter.
    let conditions: [SourceCondition]

    init(_ program: RedactionProgram, in layout: SourceLayout) {
        self.program = program
        self.layout = layout
        fields = Set(program.columns.map(\.number)).sorted()
        conditions = EdgePlan.pushedDown(program.rowFilter, into: layout)
    }

    /// The parts of the row filter that an index can answer. They only save reading: the run decides on every row again, with the whole filter.
    private static func pushedDown(_ filter: RowFilter?, into layout: SourceLayout) -> [SourceCondition] {
        switch filter {
        case nil, .any: return []
        case .all(let parts): return Array(parts.flatMap { pushedDown($0, into: layout) }.prefix(4))
        case .test(let path, let values):
            guard path.names.count == 1, let field = layout.root.field(named: path.leaf), layout.isIndexed(field) else { return [] }
            do throws(SourceFault) {
                return [try SourceCondition(field: path.leaf, isOneOf: values, in: layout)]
            } catch {
                // Left to the run, for which a value that cannot be read is no match.
                return []
            }
        }
    }
}
