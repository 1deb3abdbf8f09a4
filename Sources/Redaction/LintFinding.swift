import Vocabulary

/// Something in a policy that a reviewer should see before deciding.
package struct LintFinding: Hashable, Sendable {
    package enum Kind: String, Hashable, CaseIterable, Sendable {
        /// A direct identifier leaves as it is.
        case directIdentifierAllowed = "direct-identifier-allowed"
        /// A field leaves exactly while another of its kind is generalised or masked.
        case exactBesideGeneralised = "exact-beside-generalised"
        /// Free text leaves: it may repeat what is hidden elsewhere.
        case freeTextReleased = "free-text-released"
        /// A keyed code of a value that has few possible values can be guessed by frequency.
        case lowCardinalityPseudonym = "low-cardinality-pseudonym"
        /// Keys of a map leave, and may themselves identify.
        case mapKeysReleased = "map-keys-released"
        /// Bytes leave: nobody can say what is in them.
        case bytesReleased = "bytes-released"
        /// Special category, criminal or restricted data leaves as it is.
        case sensitiveAllowed = "sensitive-allowed"
        /// A yes or no about special category, criminal or restricted data is such data itself.
        case sensitiveInferred = "sensitive-inferred"
        /// Every record shows the same value, which is not the record's: the recipient must know.
        case constantReleased = "constant-released"
        /// A direct identifier leaves whole where it is short.
        case shortValuesWhole = "short-values-whole"
        /// The field has no label, and was taken for a personal direct identifier.
        case unlabelled = "unlabelled"
        /// The row filter reads a field that is not released: who is in the answer tells its value.
        case filterOnHidden = "filter-on-hidden"
        /// The recipient may search by a field that does not leave as it is: asked for value by value, it is told all the same.
        case searchByHidden = "search-by-hidden"
    }

    package let kind: Kind
    package let path: FieldPath
    /// What a reviewer should know of the field, as a clause after its path.
    package let text: String
}

extension LintFinding {
    /// All findings, in order of the leaves.
    static func findings(schema: DatasetSchema, rules: [FieldPath: Transform], filter: RowFilter?) -> [LintFinding] {
        var found: [LintFinding] = []
        let released = schema.leaves.filter { rules[$0.path].map { !$0.isDrop } ?? false }
        for leaf in released {
            guard let transform = rules[leaf.path] else { continue }
            if transform.isAllow { found += allowed(leaf, among: released, rules: rules) }
            found += shaped(leaf, transform)
            if leaf.label == .unlabelled {
                found.append(finding(.unlabelled, leaf, "has no sensitivity label and counts as a personal direct identifier"))
            }
            if case .pseudonym = transform.kind, leaf.label.minEntropyBits < 20 {
                found.append(finding(.lowCardinalityPseudonym, leaf, "is not labelled with 20 bits of entropy; its codes may be told by how often they occur"))
            }
        }
        for (leaf, isWithheld) in hidden(filter?.paths ?? [], schema: schema, rules: rules) {
            found.append(
                finding(
                    .filterOnHidden, leaf,
                    isWithheld
                        ? "reads \(leaf.path), which is not released, so that being in the answer tells its value"
                        : "reads \(leaf.path), which leaves changed, so that being in the answer tells more of it"))
        }
        return found
    }

    /// What the recipient is told by searches of these fields.
    static func searches(by paths: [FieldPath], schema: DatasetSchema, rules: [FieldPath: Transform]) -> [LintFinding] {
        hidden(paths, schema: schema, rules: rules).map { leaf, _ in
            finding(.searchByHidden, leaf, "lets the recipient search by \(leaf.path), which does not leave as it is, so that searches tell its value")
        }
    }

    /// Those of the fields that do not leave as they are: who learns which records hold a value there learns more than the rules let out.
    private static func hidden(
        _ paths: [FieldPath], schema: DatasetSchema, rules: [FieldPath: Transform]
    ) -> [(leaf: DatasetSchema.Leaf, isWithheld: Bool)] {
        Set(paths).sorted().compactMap { path in
            guard let leaf = schema.leaf(path), rules[path].map({ !$0.isAllow }) ?? true else { return nil }
            return (leaf, rules[path].map(\.isDrop) ?? true)
        }
    }

    private static func allowed(_ leaf: DatasetSchema.Leaf, among released: [DatasetSchema.Leaf], rules: [FieldPath: Transform]) -> [LintFinding] {
        var found: [LintFinding] = []
        let label = leaf.label
        if label.role == .directIdentifier {
            found.append(finding(.directIdentifierAllowed, leaf, "is a direct identifier and leaves as it is"))
        }
        if label.effectiveLevel >= .specialCategory {
            found.append(finding(.sensitiveAllowed, leaf, "is labelled \(label.effectiveLevel.name) and leaves as it is"))
        }
        if label.role == .freeText { found.append(finding(.freeTextReleased, leaf, "is free text, which may repeat what other fields hide")) }
        if leaf.type == .scalar(.bytes) { found.append(finding(.bytesReleased, leaf, "is bytes, whose content no rule can see")) }
        if leaf.path.leaf == "key", leaf.path.names.count > 1, isMapKey(leaf) {
            found.append(finding(.mapKeysReleased, leaf, "is the key of a map, which may itself identify"))
        }
        let other = released.first {
            !label.domain.isEmpty && $0.label.domain == label.domain && $0.path != leaf.path && !(rules[$0.path]?.isAllow ?? true)
        }
        if let other {
            found.append(finding(.exactBesideGeneralised, leaf, "leaves exactly while \(other.path), of the same domain, is transformed"))
        }
        return found
    }

    /// What the shape of the outcome may tell.
    private static func shaped(_ leaf: DatasetSchema.Leaf, _ transform: Transform) -> [LintFinding] {
        let level = leaf.label.effectiveLevel
        switch transform.kind {
        case .predicate, .exists, .constant:
            var found: [LintFinding] = []
            let tells = if case .constant(let constant) = transform.kind { constant.onlyIfPresent } else { true }
            if tells, level >= .specialCategory {
                found.append(finding(.sensitiveInferred, leaf, "is labelled \(level.name), and to tell yes from no, or held from not, is to tell such data"))
            }
            if case .constant = transform.kind {
                found.append(finding(.constantReleased, leaf, "leaves as the same value in every record, which is not the record's; see that the recipient knows"))
            }
            return found
        case .truncate(let truncation) where leaf.label.effectiveRole == .directIdentifier:
            return [finding(.shortValuesWhole, leaf, "is a direct identifier and leaves whole where it has no more than \(truncation.max) characters")]
        default: return []
        }
    }

    private static func isMapKey(_ leaf: DatasetSchema.Leaf) -> Bool {
        if case .scalar(let scalar) = leaf.type { scalar.isMapKey } else { false }
    }

    private static func finding(_ kind: Kind, _ leaf: DatasetSchema.Leaf, _ text: String) -> LintFinding {
        LintFinding(kind: kind, path: leaf.path, text: text)
    }
}
