/// Whether a field's new rule lets out no more than the old one. A rule is its transform and parameters together.
///
/// Transforms are known here by name only: what each makes of a value is the redaction catalogue's matter. A name that is not listed widens.
enum RuleChange {
    static func isNarrower(_ old: DocumentNode, _ new: DocumentNode) -> Bool {
        guard keepsWithholding(old, new) else { return false }
        if releasesNothing(new) { return true }
        let after = new["transform"]?.string
        if old["transform"]?.string == TransformName.allow.text { return after.map(ofTheValueAlone.contains) ?? false }
        return isCoarser(old, new)
    }

    /// Whether a rule drops its field.
    static func releasesNothing(_ rule: DocumentNode) -> Bool {
        rule["transform"]?.string.flatMap { TransformName($0) }.map { !$0.releases } ?? false
    }

    /// Whether a rule may go, which drops its field. Where it withheld records whose value fails, these would now leave without the field.
    static func mayGo(_ old: DocumentNode?) -> Bool {
        old.map { parameter("on_error", of: $0) != "fail" } ?? false
    }

    /// What is worked out from the released value and from nothing that the record holds beside it, so that `allow` told as much. A yes or no
    /// (`predicate`, `exists`) is one of them only beside `allow`: after any other rule it tells what that rule hid. `constant` is none: it says
    /// what no record says, and whoever approved the field has not approved that.
    private static let ofTheValueAlone: Set<String> = [
        "mask", "truncate", "date-generalise", "age-band", "postcode", "bucket", "round", "top-bottom-code", "pseudonym", "predicate", "exists",
    ]

    /// A record that the old rule withholds must stay where it is.
    private static func keepsWithholding(_ old: DocumentNode, _ new: DocumentNode) -> Bool {
        parameter("on_error", of: old) != "fail" || parameter("on_error", of: new) == "fail"
    }

    /// The same transform one step on, all other parameters as they were.
    private static func isCoarser(_ old: DocumentNode, _ new: DocumentNode) -> Bool {
        guard let name = old["transform"]?.string, name == new["transform"]?.string, let steps = steps[name] else { return false }
        let keys = Set(keys(of: old) + keys(of: new)).subtracting([steps.parameter, "on_error"])
        guard keys.allSatisfy({ parameter($0, of: old) == parameter($0, of: new) }) else { return false }
        guard let before = parameter(steps.parameter, of: old).flatMap(steps.order.firstIndex),
            let after = parameter(steps.parameter, of: new).flatMap(steps.order.firstIndex)
        else { return false }
        return before <= after
    }

    /// From fine to coarse: each can be worked out from the one before.
    private static let steps: [String: (parameter: String, order: [String])] = [
        "postcode": ("level", ["sector", "district", "area"]), "date-generalise": ("unit", ["month", "quarter", "year"]),
    ]

    private static func keys(of rule: DocumentNode) -> [String] {
        guard case .map(let entries)? = rule["parameters"] else { return [] }
        return entries.map(\.key)
    }

    private static func parameter(_ key: String, of rule: DocumentNode) -> String? {
        rule["parameters"]?[key]?.string
    }
}
