import BrokerProtocol
import Redaction
import Vocabulary

/// What an owner says about a dataset in a YAML file beside its data: name, key, and the sensitivity of each field.
///
/// ```yaml
/// dataset: uc.awards
/// title: Universal Credit awards
/// owner: dwp
/// key: nino
/// filters: [local_authority]
/// synthetic: true
/// fields:
///   nino: {level: personal, role: subject-key, domain: nino, canon: nino.demo.v1}
///   award.amount_pence: {level: personal, role: attribute}
/// ```
/// A field that is not listed is taken for a personal direct identifier.
package struct DatasetLabels: Sendable {
    package let dataset: DatasetID
    package let title: String
    package let summary: String
    package let owner: OrganisationID?
    /// Name of the record message, such as `BenefitAward`; empty: chosen by whoever infers the schema.
    package let message: String
    /// Fields that together name a record; the first is the one that `Query` looks up. None: records have no name, as in statistics.
    package let keys: [String]
    package let filters: [String]
    package let isSynthetic: Bool
    package let isStrict: Bool
    package let labels: [FieldPath: Sensitivity]

    /// What the labels file that `catalogue import` writes has in place of each level, role and description. It means nothing, so that a file
    /// in which nobody has chosen is not taken for one in which somebody has.
    package static let unchosen = "CHOOSE"
    /// What files written by an earlier version had for a description.
    private static let earlierDescription = "What it is, from where, and what one row is"

    package init(yaml text: String, file: String) throws(BrokerFault) {
        var root = try DocumentSection(YAMLDocument.parse(text, file: file), file: file, what: "the labels file")
        let name = try root.requiredText("dataset")
        guard let dataset = DatasetID(name) else {
            throw .document(file: file, line: root.line, reason: "dataset must be 1 to 64 of letters, digits, '-', '_', '.', such as uc.awards")
        }
        self.dataset = dataset
        title = try root.requiredText("title")
        summary = try root.text("description") ?? ""
        if let slug = try root.text("owner") {
            guard let id = OrganisationID(slug) else {
                throw .document(file: file, line: root.line, reason: "owner must be an organisation's short name, such as dwp")
            }
            owner = id
        } else {
            owner = nil
        }
        message = try root.text("message") ?? ""
        keys = try root.texts("key")
        filters = try root.texts("filters")
        isSynthetic = try root.flag("synthetic")
        isStrict = try root.flag("strict")
        labels = try DatasetLabels.labels(root.take("fields"), file: file)
        guard summary != DatasetLabels.unchosen, summary != DatasetLabels.earlierDescription else {
            throw .document(
                file: file, line: root.line, reason: "description is still the template's; write what the dataset is, and check the label of each field")
        }
        try root.end()
    }

    private static func labels(_ node: Concordat_V1_DocumentNode?, file: String) throws(BrokerFault) -> [FieldPath: Sensitivity] {
        guard let node else { return [:] }
        var fields = try DocumentSection(node, file: file, what: "fields")
        var result: [FieldPath: Sensitivity] = [:]
        for member in fields.rest() {
            guard let path = FieldPath(member.name) else {
                throw fields.fault(member.value, "\(member.name) is not a field path; write field names with dots between them")
            }
            result[path] = try label(member, file: file)
        }
        return result
    }

    private static func label(_ member: Concordat_V1_DocumentNode.Member, file: String) throws(BrokerFault) -> Sensitivity {
        var section = try DocumentSection(member.value, file: file, what: member.name)
        let levelName = try section.requiredText("level")
        let roleName = try section.requiredText("role")
        guard levelName != unchosen, roleName != unchosen else {
            throw section.fault(
                member.value, "\(member.name) has still the template's label; write its level and its role, or take the line out: "
                    + "a field that is not listed counts as a personal direct identifier")
        }
        guard let level = Sensitivity.Level(name: levelName), level != .unspecified else {
            throw section.fault(member.value, "level must be one of \(names(Sensitivity.Level.allCases.map(\.name)))")
        }
        guard let role = Sensitivity.Role(name: roleName), role != .unspecified else {
            throw section.fault(member.value, "role must be one of \(names(Sensitivity.Role.allCases.map(\.name)))")
        }
        var canon: Canonicaliser?
        if let name = try section.text("canon") {
            guard let known = Canonicaliser(rawValue: name) else {
                throw section.fault(member.value, "canon must be one of \(names(Canonicaliser.allCases.map(\.rawValue)))")
            }
            canon = known
        }
        let domain = try section.text("domain") ?? ""
        let entropy = try section.number("min-entropy-bits", in: 0...512) ?? 0
        let neverTo = try section.texts("never-to")
        try section.end()
        do throws(RedactionFault) {
            return try Sensitivity(
                level: level, role: role, domain: domain, canon: canon, minEntropyBits: UInt32(entropy), neverTo: neverTo, path: member.name)
        } catch {
            throw section.fault(member.value, error.description)
        }
    }

    private static func names(_ all: [String]) -> String {
        all.filter { $0 != "unspecified" }.joined(separator: ", ")
    }
}
