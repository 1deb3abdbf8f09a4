import Vocabulary

/// A scope as `tokens.md` defines it: one agreement and version, one purpose, at least one dataset, perhaps a re-identification.
///
/// ```
/// agr:ISA-2026-0042@3 ds:uc.awards:read purpose:debt-recovery
/// ```
package struct Scope: Hashable, Sendable {
    package struct DatasetTerm: Hashable, Sendable {
        package let dataset: DatasetID
        package let action: TokenAction
        /// A named set of fields in the agreement.
        package let fieldSet: String?

        package init(dataset: DatasetID, action: TokenAction, fieldSet: String? = nil) {
            self.dataset = dataset
            self.action = action
            self.fieldSet = fieldSet
        }
    }

    package let agreement: AgreementID
    package let version: AgreementVersion
    package let datasets: [DatasetTerm]
    package let purpose: PurposeCode
    package let reidentify: String?

    package init(
        agreement: AgreementID, version: AgreementVersion, datasets: [DatasetTerm], purpose: PurposeCode, reidentify: String? = nil
    ) {
        self.agreement = agreement
        self.version = version
        self.datasets = datasets
        self.purpose = purpose
        self.reidentify = reidentify
    }

    /// Parses at most 32 terms in at most 1,024 bytes with single spaces between them.
    package init(_ text: String) throws(GrantFault) {
        guard text.utf8.count <= TokenLimits.maxScopeBytes else { throw .scopeSyntax }
        let terms = text.split(separator: " ", maxSplits: TokenLimits.maxScopeTerms, omittingEmptySubsequences: false)
        guard terms.count <= TokenLimits.maxScopeTerms else { throw .scopeSyntax }
        var agreement: (AgreementID, AgreementVersion)?, purpose: PurposeCode?, reidentify: String?
        var datasets: [DatasetTerm] = []
        for term in terms {
            switch try ScopeTerm(term) {
            case .agreement(let id, let version):
                guard agreement == nil else { throw .scopeSyntax }
                agreement = (id, version)
            case .purpose(let code):
                guard purpose == nil else { throw .scopeSyntax }
                purpose = code
            case .reidentify(let id):
                guard reidentify == nil else { throw .scopeSyntax }
                reidentify = id
            case .dataset(let term):
                guard !datasets.contains(term) else { throw .scopeSyntax }
                datasets.append(term)
            }
        }
        guard let agreement, let purpose, !datasets.isEmpty else { throw .scopeSyntax }
        self.init(agreement: agreement.0, version: agreement.1, datasets: datasets, purpose: purpose, reidentify: reidentify)
    }

    /// The text: agreement, datasets, purpose, re-identification.
    package var text: String {
        var terms = ["agr:\(agreement)@\(version)"]
        terms += datasets.map { "ds:\($0.dataset):\($0.action.rawValue)" + ($0.fieldSet.map { "#" + $0 } ?? "") }
        terms.append("purpose:\(purpose)")
        if let reidentify { terms.append("reidentify:\(reidentify)") }
        return terms.joined(separator: " ")
    }
}

/// One term of a scope.
private enum ScopeTerm {
    case agreement(AgreementID, AgreementVersion)
    case dataset(Scope.DatasetTerm)
    case purpose(PurposeCode)
    case reidentify(String)

    init(_ text: Substring) throws(GrantFault) {
        guard let colon = text.firstIndex(of: ":") else { throw .scopeSyntax }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon] {
        case "agr":
            let parts = rest.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let id = AgreementID(String(parts[0])), let version = AgreementVersion(String(parts[1])) else {
                throw .scopeSyntax
            }
            self = .agreement(id, version)
        case "ds":
            self = .dataset(try ScopeTerm.dataset(rest))
        case "purpose":
            guard let code = PurposeCode(String(rest)) else { throw .scopeSyntax }
            self = .purpose(code)
        case "reidentify":
            // The grammar of `id` is that of a dataset's name.
            guard DatasetID(String(rest)) != nil else { throw .scopeSyntax }
            self = .reidentify(String(rest))
        default: throw .scopeSyntax
        }
    }

    private static func dataset(_ text: Substring) throws(GrantFault) -> Scope.DatasetTerm {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = DatasetID(String(parts[0])) else { throw .scopeSyntax }
        let choice = parts[1].split(separator: "#", omittingEmptySubsequences: false)
        guard choice.count <= 2, let action = TokenAction(rawValue: String(choice[0])) else { throw .scopeSyntax }
        guard choice.count == 2 else { return Scope.DatasetTerm(dataset: id, action: action) }
        guard DatasetID(String(choice[1])) != nil else { throw .scopeSyntax }
        return Scope.DatasetTerm(dataset: id, action: action, fieldSet: String(choice[1]))
    }
}
