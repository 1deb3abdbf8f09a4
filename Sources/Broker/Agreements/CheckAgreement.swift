import Agreements
import BrokerProtocol
import Foundation
import Storage
import Vocabulary

extension BrokerCore {
    func checkAgreement(_ request: Concordat_V1_CheckAgreementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_CheckAgreementResponse {
        let today = clock.now().utcDate
        let limits = configuration.limits
        switch request.subject {
        case .agreement(let text):
            let id = try RequestFields.agreement(text)
            return try await read(call) { store throws(StorageFault) in
                switch try BrokerCore.held(id, by: call.caller, in: store) {
                case .refused(let fault): return .refused(fault)
                case .done(let held):
                    return .done(BrokerCore.answer(held.state.terms, try TermsTrial.findings(held.state.terms, today: today, in: store), nil))
                }
            }
        case .document(let document):
            return try await read(call) { store throws(StorageFault) in
                // The number and version are given at drafting; any stand in for them here.
                let stated = AgreementID("ISA-\(today.year)-0000")
                switch try TermsCompletion.terms(document, agreement: BrokerCore.hasNumber(document) ? nil : stated,
                    version: BrokerCore.hasNumber(document) ? nil : .first, limits: limits, in: store)
                {
                case .success(let terms):
                    return .done(BrokerCore.answer(terms.material, try TermsTrial.findings(terms.material, today: today, in: store), document))
                case .failure(.call(let fault)): return .refused(fault)
                case .failure(.terms(let problems)): return .done(.with { $0.findings = problems.map { $0.wire(in: document) } })
                }
            }
        case nil: throw .invalid(field: "subject", problem: "is missing; send an agreement's name or a document")
        }
    }

    private static func hasNumber(_ document: Concordat_V1_DocumentNode) -> Bool {
        document.mapping.members.contains { $0.name == "agreement" }
    }

    private static func answer(
        _ terms: MaterialTerms, _ findings: [TermsProblem], _ document: Concordat_V1_DocumentNode?
    ) -> Concordat_V1_CheckAgreementResponse {
        .with {
            $0.termsDigest = Data(terms.digest.bytes)
            $0.findings = findings.map { $0.wire(in: document) }
            $0.feasible = !findings.contains { $0.severity == .error }
            $0.fields = terms.datasets.flatMap { dataset in
                dataset.fields.map { rule in
                    .with {
                        $0.dataset = dataset.dataset.text
                        $0.field = rule.path.description
                        $0.transform = rule.transform.text
                    }
                }
            }
        }
    }
}
