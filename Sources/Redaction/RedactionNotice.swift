import Vocabulary

/// What an answer tells its caller about the rules that its records went through: what was withheld by name, and how to read what left changed. It
/// depends on the terms alone and so tells nothing of any record.
package struct RedactionNotice: Hashable, Sendable {
    package struct Change: Hashable, Sendable {
        package let path: FieldPath
        package let transform: Transform
    }

    /// Fields with the rule `null`, ascending: nothing there does not mean that nothing is held.
    package let withheld: [FieldPath]
    /// Fields that leave changed, ascending.
    package let changed: [Change]

    /// `rules` are ascending by path.
    init(_ rules: [ReleaseRule]) {
        withheld = rules.filter(\.transform.isNoticed).map(\.path)
        changed = rules.filter { !$0.transform.isDrop && !$0.transform.isAllow }.map { Change(path: $0.path, transform: $0.transform) }
    }
}
