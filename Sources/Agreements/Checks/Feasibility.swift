import Vocabulary

// The dry run: whether the terms can be carried out on the data as it is.
extension MaterialTerms {
    /// Everything in the terms that the live schemas do not bear out. `outlines` are the datasets that the asker may see, in any order. All are errors.
    package func feasibility(against outlines: [SchemaOutline]) -> [TermsProblem] {
        var problems: [TermsProblem] = []
        for terms in datasets {
            guard let outline = outlines.first(where: { $0.dataset == terms.dataset }) else {
                let hint = suggestion(for: terms.dataset.text, among: outlines.map(\.dataset.text))
                problems.append(
                    TermsProblem(
                        .unknownDataset, path: "datasets[\(terms.dataset)].id", fault: "is not in the catalogue",
                        remedy: "Search the catalogue for the dataset's name.\(hint)"))
                continue
            }
            problems += terms.feasibility(against: outline, declared: security.privacyLabel)
        }
        return Array(problems.prefix(TermsLimits.maxProblems))
    }
}

extension DatasetTerms {
    fileprivate func feasibility(against outline: SchemaOutline, declared: PrivacyLabel) -> [TermsProblem] {
        let place = "datasets[\(dataset)]"
        var problems: [TermsProblem] = []
        if schema != outline.digest {
            problems.append(
                TermsProblem(
                    .schemaChanged, path: "\(place).schema", fault: "is not the schema in force",
                    remedy: "Read the changes, then write \(outline.digest.hex)."))
        }
        for rule in fields {
            problems += rule.feasibility(against: outline, declared: declared, at: "\(place).fields[\(rule.path)]")
        }
        let reading = [
            ("key_fields", keyFields), ("filter_fields", filterFields), ("match_keys", matchKeys), ("row_filter", rowFilter?.paths ?? []),
        ]
        for (key, paths) in reading {
            problems += paths.compactMap { unknown($0, in: outline, at: "\(place).\(key)") }
        }
        for path in keyFields where outline.field(path) != nil && !outline.keyFields.contains(path) {
            let offered = outline.keyFields.map(\.description).joined(separator: ", ")
            problems.append(
                TermsProblem(
                    .lookupNotOffered, path: "\(place).key_fields[\(path)]", fault: "is not a field by which the source looks records up",
                    remedy: offered.isEmpty ? "Use filter_fields." : "Use \(offered), or filter_fields."))
        }
        return problems
    }
}

extension FieldRule {
    fileprivate func feasibility(against outline: SchemaOutline, declared: PrivacyLabel, at place: String) -> [TermsProblem] {
        if let problem = unknown(path, in: outline, at: place) { return [problem] }
        guard let field = outline.field(path) else { return [] }
        var problems: [TermsProblem] = []
        if transform.releases, field.label > declared {
            problems.append(
                TermsProblem(
                    .labelTooLow, path: "security.privacy_label", fault: "is \(declared.rawValue), but \(path) is \(field.label.rawValue)",
                    remedy: "Declare \(field.label.rawValue), or leave the field out."))
        }
        if !field.transforms.isEmpty, !field.transforms.contains(transform.text) {
            let hint = suggestion(for: transform.text, among: field.transforms)
            problems.append(
                TermsProblem(
                    .transformNotOffered, path: "\(place).transform", fault: "does not fit the field",
                    remedy: "Use one of: \(field.transforms.joined(separator: ", ")).\(hint)"))
        }
        return problems
    }
}

/// Nil where the schema has a value field at that path.
private func unknown(_ path: FieldPath, in outline: SchemaOutline, at place: String) -> TermsProblem? {
    guard outline.field(path) == nil else { return nil }
    let inside = outline.fields.filter { path.contains($0.path) }.map(\.path.description)
    let shown = place.hasSuffix("[\(path)]") ? place : "\(place)[\(path)]"
    guard inside.isEmpty else {
        return TermsProblem(
            .notSingleField, path: shown, fault: "is a group of fields",
            remedy: "List the fields in it one by one: \(inside.prefix(8).joined(separator: ", ")).")
    }
    let hint = suggestion(for: path.description, among: outline.fields.map(\.path.description))
    return TermsProblem(
        .unknownField, path: shown, fault: "is not a field of \(outline.dataset)", remedy: "Correct or remove it.\(hint)")
}
