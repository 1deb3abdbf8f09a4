/// Whether a field's new rule lets out no more than the old one. A rule is its transform and parameters together.
///
/// Transforms are known here by name only: what each makes of a value is the redaction catalogue's matter. A name that is not listed widens.
enum RuleChange {
    static func isNarrower(_ old: DocumentNode, _ new: DocumentNode) -> Bool {
        guard keepsWithholding(old, new) else { return false }
        if releasesNothing(new) { return releasesNothing(old) ? isNoticed(old) || !isNoticed(new) : mayGo(old) }
        let after = new["transform"]?.string
        if old["transform"]?.string == TransformName.allow.text { return after.map(ofTheValueAlone.contains) ?? false }
        return isCoarser(old, new)
    }

    /// Whether a rule drops its field.
    static func releasesNothing(_ rule: DocumentNode) -> Bool {
        rule["transform"]?.string.flatMap { TransformName($0) }.map { !$0.releases } ?? false
    }

    /// Whether a rule is as good as none: nothing leaves, and not even that the terms withhold the field is told.
    static func tellsNothing(_ rule: DocumentNode) -> Bool { releasesNothing(rule) && !isNoticed(rule) }

    /// Whether a rule may go, which drops its field. Where it withheld records whose value fails, these would now leave without the field. Where
    /// it let something out of every record, whatever is held, the message around it was in every record: without it, one whose other fields fail
    /// and one that is not held become different.
    static func mayGo(_ old: DocumentNode?) -> Bool {
        guard let old, parameter("on_error", of: old) != "fail" else { return false }
        switch old["transform"]?.string {
        case "exists": return false
        case "constant": return !isFalse("only_if_present", of: old)
        default: return true
        }
    }

    /// Whether answers say that the terms withhold the field.
    private static func isNoticed(_ rule: DocumentNode) -> Bool {
        rule["transform"]?.string == "null" && !isFalse("notice", of: rule)
    }

    /// Of a flag that counts as true where it is absent.
    private static func isFalse(_ key: String, of rule: DocumentNode) -> Bool {
        [.bool(false), .string("false")].contains(rule["parameters"]?[key])
    }

    /// What is worked out from the released value and from nothing that the record holds beside it, so that `allow` told as much. A yes or no
    /// (`predicate`, `exists`) is one of them only beside `allow`: after any other rule it tells what that rule hid. `constant` is none: it says
    /// what no record says, and whoever approved the field has not approved that. `pseudonym` is none: its key is not the recipient's, who could
    /// put the codes beside the values of records held from before, and so learn the codes that other datasets have alone.
    private static let ofTheValueAlone: Set<String> = [
        "mask", "truncate", "date-generalise", "age-band", "postcode", "bucket", "round", "top-bottom-code", "predicate", "exists",
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
