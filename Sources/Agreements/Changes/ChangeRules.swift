/// Which changes narrow. Every rule here says why less can flow after it; a change without a rule widens.
enum ChangeRules {
    /// The effect of a value's change. `key` is the path without list elements' names.
    static func effect(_ key: String, _ old: DocumentNode?, _ new: DocumentNode?) -> TermsChange.Effect {
        isNarrower(key, old, new) ? .narrowing : .widening
    }

    /// The effect of an element that came or went.
    static func elementEffect(_ key: String, _ old: DocumentNode?, _ new: DocumentNode?) -> TermsChange.Effect {
        switch key {
        // A dataset that went is read no more.
        case "datasets": return new == nil ? .narrowing : .widening
        // A field without a rule is dropped, and so is one whose rule says so.
        case "datasets.fields":
            let isLess = new.map(RuleChange.tellsNothing) ?? RuleChange.mayGo(old)
            return isLess ? .narrowing : .widening
        default: return .widening
        }
    }

    private static func isNarrower(_ key: String, _ old: DocumentNode?, _ new: DocumentNode?) -> Bool {
        switch key {
        case "limits.rows_per_call", "limits.rows_per_day", "limits.bytes_per_day", "limits.calls_per_day", "limits.token_seconds",
            "limits.stream_seconds", "limits.calls_per_subject_per_day", "duties.retention_days", "duties.destruction_certificate_days",
            "duties.breach_notice_hours":
            // Optional limits: none to some narrows, some to none does not.
            guard case .int(let after)? = new else { return false }
            guard case .int(let before)? = old else { return old == nil }
            return after < before
        case "period.end", "period.review", "datasets.until":
            guard let after = new?.string else { return false }
            guard let before = old?.string else { return old == nil }
            return after < before
        case "period.start", "datasets.from":
            guard let after = new?.string else { return false }
            guard let before = old?.string else { return old == nil }
            return after > before
        case "datasets.operations", "datasets.key_fields", "datasets.filter_fields":
            return isSubset(new, of: old)
        case "datasets.row_filter":
            return isNarrowerFilter(old, new)
        case "duties.onward_disclosure", "duties.reidentification", "duties.linkage":
            return new == "prohibited"
        case "duties.audit_right", "law.review_board_required":
            return new == true
        case "purpose.commercial", "purpose.model_training", "security.leaves_uk":
            return new == false
        case "evidence.request":
            return new == "signed"
        default:
            return false
        }
    }

    private static func isSubset(_ new: DocumentNode?, of old: DocumentNode?) -> Bool {
        let before = Set(old?.elements ?? [])
        return (new?.elements ?? []).allSatisfy(before.contains)
    }

    /// A filter where there was none, or one that no row passes which did not pass before.
    private static func isNarrowerFilter(_ old: DocumentNode?, _ new: DocumentNode?) -> Bool {
        guard let new else { return false }
        return old.map { implies(new, $0) } ?? true
    }

    /// Whether every row inside `new` is inside `old`: fewer values, one more condition in a conjunction, one branch less in a disjunction, at any depth.
    /// What it does not see through is no.
    private static func implies(_ new: DocumentNode, _ old: DocumentNode) -> Bool {
        if new == old { return true }
        if let parts = old["and"]?.elements { return parts.allSatisfy { implies(new, $0) } }
        if let parts = new["or"]?.elements { return parts.allSatisfy { implies($0, old) } }
        if let parts = new["and"]?.elements, parts.contains(where: { implies($0, old) }) { return true }
        if let parts = old["or"]?.elements { return parts.contains { implies(new, $0) } }
        guard let before = membership(old), let after = membership(new) else { return false }
        return before.field == after.field && after.values.isSubset(of: before.values)
    }

    private static func membership(_ node: DocumentNode) -> (field: DocumentNode?, values: Set<DocumentNode>)? {
        if let equals = node["equals"] { return (equals["field"], Set([equals["value"]].compactMap { $0 })) }
        if let isIn = node["in"] { return (isIn["field"], Set(isIn["values"]?.elements ?? [])) }
        return nil
    }
}
