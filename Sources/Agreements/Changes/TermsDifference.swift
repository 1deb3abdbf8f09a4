/// What changed from one set of terms to another, in document order, each change with its effect. The rules are few and sound: what is not known
/// to narrow counts as widening. `agreement`, `version` and `supersedes` are not compared.
package func difference(from old: MaterialTerms, to new: MaterialTerms) -> [TermsChange] {
    var changes: [TermsChange] = []
    for field in MaterialTerms.shape.fields where !["agreement", "version", "supersedes"].contains(field.key) {
        TermsDifference.compare(old.document[field.key], new.document[field.key], field, at: field.key, rule: [field.key], into: &changes)
    }
    return changes
}

/// Whether going from one to the other can take the short road: something changed, and everything that did narrows.
package func isNarrowing(from old: MaterialTerms, to new: MaterialTerms) -> Bool {
    let changes = difference(from: old, to: new)
    return !changes.isEmpty && changes.allSatisfy { $0.effect == .narrowing }
}

private enum TermsDifference {
    /// `rule` is the path without the names of list elements: what the rules below go by.
    static func compare(
        _ old: DocumentNode?, _ new: DocumentNode?, _ field: TermsField, at path: String, rule: [String], into changes: inout [TermsChange]
    ) {
        guard old != new else { return }
        switch (field.kind, field.presence) {
        case (.message(let shape), .list) where shape().key != nil:
            compareElements(old?.elements ?? [], new?.elements ?? [], shape(), at: path, rule: rule, into: &changes)
        case (.message(let shape), _) where !shape().isChoice:
            guard let old, let new else { fallthrough }
            for inner in shape().fields {
                compare(old[inner.key], new[inner.key], inner, at: "\(path).\(inner.key)", rule: rule + [inner.key], into: &changes)
            }
        default:
            changes.append(
                TermsChange(
                    path: path, before: old.map(shown), after: new.map(shown), effect: ChangeRules.effect(rule.joined(separator: "."), old, new)))
        }
    }

    private static func compareElements(
        _ old: [DocumentNode], _ new: [DocumentNode], _ shape: TermsShape, at path: String, rule: [String], into changes: inout [TermsChange]
    ) {
        let key = shape.key ?? ""
        var names: [String] = old.compactMap { $0[key]?.string }
        names += new.compactMap { $0[key]?.string }.filter { !names.contains($0) }
        for name in names {
            let before = old.first { $0[key]?.string == name }
            let after = new.first { $0[key]?.string == name }
            let place = "\(path)[\(name)]"
            guard let before, let after else {
                let effect = ChangeRules.elementEffect(rule.joined(separator: "."), before, after)
                changes.append(TermsChange(path: place, before: before.map { _ in name }, after: after.map { _ in name }, effect: effect))
                continue
            }
            for inner in shape.fields {
                // A field's rule is one thing: its transform and parameters are judged together, whichever of them changed.
                if rule == ["datasets", "fields"], ["transform", "parameters"].contains(inner.key) {
                    guard before[inner.key] != after[inner.key] else { continue }
                    let effect: TermsChange.Effect = RuleChange.isNarrower(before, after) ? .narrowing : .widening
                    changes.append(
                        TermsChange(
                            path: "\(place).\(inner.key)", before: before[inner.key].map(shown), after: after[inner.key].map(shown), effect: effect))
                    continue
                }
                compare(before[inner.key], after[inner.key], inner, at: "\(place).\(inner.key)", rule: rule + [inner.key], into: &changes)
            }
        }
    }

    private static func shown(_ node: DocumentNode) -> String {
        switch node {
        case .string(let text): text
        case .int(let value): String(value)
        case .bool(let value): value ? "true" : "false"
        case .list(let elements): elements.map(shown).joined(separator: ", ")
        case .map(let entries): entries.map { "\($0.key): \(shown($0.value))" }.joined(separator: "; ")
        }
    }
}
