import Agreements
import Redaction
import Tokens
import Vocabulary

/// Whether what a token allows lies within the terms at the moment of its issue. Written apart from `TokenEntitlement`, which the broker uses.
struct GrantCheck {
    let allowance: TokenAllowance
    let terms: MaterialTerms
    let registry: ReplayedRegistry

    func check() throws(Breach) {
        try require(
            allowance.version == terms.version && allowance.purpose == terms.purpose.code, .token,
            "the token is for another version or purpose than the agreement's")
        for dataset in allowance.datasets { try check(dataset) }
        let granted = allowance.limits, limits = terms.limits
        try require(
            granted.rows <= limits.rowsPerDay && granted.bytes <= limits.bytesPerDay && granted.calls <= limits.callsPerDay
                && granted.rowsPerCall <= limits.rowsPerCall, .token, "the token's limits are above those of the terms")
    }

    private func check(_ dataset: TokenAllowance.Dataset) throws(Breach) {
        guard let named = terms.dataset(dataset.id) else { throw Breach(.token, "the token allows \(dataset.id), which the terms do not cover") }
        guard let known = registry.datasets[dataset.id], known.isActive, known.record.schemaDigest == named.schema else {
            throw Breach(.token, "\(dataset.id) is not in the catalogue with the schema of the terms")
        }
        for action in dataset.actions {
            try require(
                named.operations.contains { TokenAllowance.action(for: $0) == action }, .token,
                "the token allows to \(action.rawValue) \(dataset.id), and no operation of the terms needs that")
        }
        let listed = named.fields.filter { $0.transform.releases }.compactMap { known.schema.leafIndex($0.path) }
        try require(
            dataset.fields.isSubset(of: LeafSet(listed)), .token, "the token allows fields of \(dataset.id) that the terms do not list")
    }
}

extension TokenAllowance {
    /// What a token must allow for an operation (`Protocols/tokens.md`).
    static func action(for operation: Operation) -> TokenAction {
        switch operation {
        case .query, .stream: .read
        case .match: .query
        }
    }

    /// Throws where an exchange is something that this does not allow.
    func check(_ entry: ExchangeEntry) throws(Breach) {
        try require(entry.purpose == purpose, .token, "its token is for the purpose \(purpose)")
        guard let granted = dataset(entry.dataset) else { throw Breach(.token, "its token does not allow \(entry.dataset)") }
        try require(
            granted.actions.contains(TokenAllowance.action(for: entry.operation)), .token,
            "its token does not allow a \(entry.operation.name) of \(entry.dataset)")
        let touched = entry.fieldsAsked.union(entry.fieldsReleased).union(entry.fieldsTransformed)
        try require(touched.isSubset(of: granted.fields), .token, "it touches fields of \(entry.dataset) that its token does not allow")
    }

    /// Throws where an exchanged token would allow more than the one it came from.
    func check(within parent: TokenAllowance) throws(Breach) {
        let isWithin =
            version == parent.version && purpose == parent.purpose && limits.isWithin(parent.limits)
            && datasets.allSatisfy { dataset in
                guard let known = parent.dataset(dataset.id) else { return false }
                return dataset.actions.allSatisfy(known.actions.contains) && dataset.fields.isSubset(of: known.fields)
            }
        try require(isWithin, .token, "it allows more than the token it was exchanged for")
    }
}
