import Vocabulary

/// An agreement's whole document: material terms at the top level, the operational annex under the key `annex`.
package struct Terms: Hashable, Sendable {
    package let material: MaterialTerms
    package let annex: OperationalAnnex

    package init(material: MaterialTerms, annex: OperationalAnnex) {
        self.material = material
        self.annex = annex
    }

    /// Reads a document as people write it. `agreement` and `version` are what the broker assigned: where the document leaves them out they are filled in,
    /// where it states others it is refused. Throws the problems of both parts together.
    package init(document: DocumentNode, agreement: AgreementID? = nil, version: AgreementVersion? = nil) throws(TermsFault) {
        var problems: [TermsProblem] = []
        var material = document.setting("annex", to: nil)
        if let agreement {
            Terms.assign("agreement", .string(agreement.text), in: &material, &problems)
        }
        if let version {
            Terms.assign("version", .int(Int(version.value)), in: &material, &problems)
        }
        let terms = Terms.collecting(&problems) { () throws(TermsFault) in try MaterialTerms(document: material) }
        let annex = Terms.collecting(&problems, at: "annex") { () throws(TermsFault) in
            try OperationalAnnex(document: document["annex"] ?? .map([]))
        }
        guard let terms, let annex, problems.isEmpty else { throw .problems(Array(problems.prefix(TermsLimits.maxProblems))) }
        self.init(material: terms, annex: annex)
    }

    /// The document in canonical form, for people to edit.
    package var document: DocumentNode {
        guard case .map(let entries) = annex.document, !entries.isEmpty else { return material.document }
        return material.document.setting("annex", to: annex.document)
    }

    private static func assign(_ key: String, _ value: DocumentNode, in document: inout DocumentNode, _ problems: inout [TermsProblem]) {
        if let stated = document[key], stated != value {
            problems.append(
                TermsProblem(.notAssigned, path: key, fault: "is not the one assigned", remedy: "Leave the key out, or write the assigned one."))
        }
        document = document.setting(key, to: value)
    }

    private static func collecting<Part>(
        _ problems: inout [TermsProblem], at prefix: String = "", _ make: () throws(TermsFault) -> Part
    ) -> Part? {
        do throws(TermsFault) {
            return try make()
        } catch {
            problems += error.problems.map { problem in
                let path = [prefix, problem.path].filter { !$0.isEmpty }.joined(separator: ".")
                return TermsProblem(problem.code, problem.severity, path: path, fault: problem.fault, remedy: problem.remedy)
            }
            return nil
        }
    }
}
