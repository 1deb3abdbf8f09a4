import Cryptography
import ProtobufWire
import Vocabulary

/// A policy compiled for one dataset schema, recipient and agreement: a table that the walk follows over wire bytes. Immutable and shared by all
/// threads. What no rule lists has no way out of it.
package final class RedactionProgram: Sendable {
    /// Where a pseudonym's key comes from.
    struct KeyUse: Hashable, Sendable {
        let recipient: String
        let scope: String
        let domain: String
    }

    package let schema: DatasetSchema
    package let rules: [ReleaseRule]
    package let rowFilter: RowFilter?
    package let context: RedactionContext
    /// SHA-256 of the table's canonical bytes: schema digest, context, actions, transforms and filter.
    package let digest: Digest
    /// The record's own fields that the program reads, ascending by number. A source is asked for these and no others.
    package let columns: [FieldSchema]
    /// What a released record is encoded in: the listed fields only, each with the type that its transform gives.
    package let outputSchema: SchemaFile
    /// Leaves that leave as they are, and leaves that leave changed. A leaf that is only read by the row filter is in neither.
    package let releasedLeaves: LeafSet
    package let transformedLeaves: LeafSet
    /// Both of them: what a caller that gets this program has asked for.
    package let askedLeaves: LeafSet
    /// What a reviewer should look at. Findings do not stop a program.
    package let findings: [LintFinding]

    let plan: RecordPlan
    let keyUses: [KeyUse]
    let filter: CompiledFilter?
    /// For each of the record's own fields, in order: what happens when the source holds a value.
    let dispositions: [Disposition]

    /// Compiles a policy. Throws `RedactionFault` naming the path where a rule or the filter names no leaf, two rules name the same, a transform cannot take the
    /// field's type, a label forbids the recipient, or no leaf is released.
    package init(
        schema: DatasetSchema, rules: [ReleaseRule], rowFilter: RowFilter?, context: RedactionContext, limits: RedactionLimits = .standard
    ) throws(RedactionFault) {
        var compiler = ProgramCompiler(schema: schema, context: context)
        try compiler.take(rules)
        try compiler.checkMaps()
        let filter = try compiler.compile(rowFilter)
        try compiler.setActions()
        self.schema = schema
        self.rules = rules.sorted { $0.path < $1.path }
        self.rowFilter = rowFilter
        self.context = context
        self.filter = filter
        plan = RecordPlan(layout: compiler.layout, transforms: compiler.transforms, limits: limits)
        keyUses = compiler.keyUses
        dispositions = compiler.dispositions
        columns = zip(schema.root.fields, compiler.reads).filter(\.1).map(\.0)
        releasedLeaves = LeafSet(schema.leaves.indices.filter { compiler.byPath[schema.leaves[$0].path]?.isAllow ?? false })
        transformedLeaves = LeafSet(
            schema.leaves.indices.filter { index in
                compiler.byPath[schema.leaves[index].path].map { !$0.isAllow && !$0.isDrop } ?? false
            })
        askedLeaves = releasedLeaves.union(transformedLeaves)
        outputSchema = try compiler.outputSchema()
        findings = LintFinding.findings(schema: schema, rules: compiler.byPath, filter: rowFilter)
        digest = compiler.digest(filter: rowFilter)
    }

    /// What happens to each leaf of the dataset when the source holds a value, in depth-first order.
    package var leafRules: [(path: FieldPath, transform: Transform, disposition: Disposition)] {
        schema.leaves.enumerated().map { index, leaf in
            let rule = rules.first { $0.path == leaf.path }?.transform ?? .drop
            // A rule without its notice looks like no rule.
            let transform = rule.isDrop && !rule.isNoticed ? .drop : rule
            let disposition: Disposition =
                releasedLeaves.contains(index) ? .released : (transformedLeaves.contains(index) ? .transformed : .withheld)
            return (leaf.path, transform, disposition)
        }
    }

    /// What a reviewer should see where the recipient may search by these fields.
    package func findings(onSearchesBy paths: [FieldPath]) -> [LintFinding] {
        LintFinding.searches(by: paths, schema: schema, rules: Dictionary(uniqueKeysWithValues: rules.map { ($0.path, $0.transform) }))
    }

    /// What an answer tells about fields that the terms withhold, and about those that leave changed.
    package var notice: RedactionNotice { RedactionNotice(rules) }

    /// The same policy for fewer leaves: what a request or a token that asks for some of the fields gets. Throws where a path is not released by this
    /// program, or none is left.
    package func narrowed(to paths: [FieldPath]) throws(RedactionFault) -> RedactionProgram {
        for path in paths {
            guard rules.contains(where: { $0.path == path && !$0.transform.isDrop }) else {
                throw .rule(path: path.description, reason: "the agreement does not release it; ask for listed fields only")
            }
        }
        return try RedactionProgram(
            schema: schema, rules: rules.filter { paths.contains($0.path) || $0.transform.isNoticed }, rowFilter: rowFilter, context: context, limits: plan.limits)
    }

    package var limits: RedactionLimits { plan.limits }
}

/// What the two passes over a record go by.
final class RecordPlan: Sendable {
    let layout: RecordLayout
    let transforms: [CompiledTransform]
    let limits: RedactionLimits

    init(layout: RecordLayout, transforms: [CompiledTransform], limits: RedactionLimits) {
        self.layout = layout
        self.transforms = transforms
        self.limits = limits
    }
}
