import Agreements
import BrokerProtocol
import Foundation
import Storage
import Vocabulary

extension Phase {
    /// The numbers are the same on the wire and in states.
    var wire: Concordat_V1_AgreementState {
        Concordat_V1_AgreementState(rawValue: Int(number)) ?? .unspecified
    }
}

extension StatementDecision {
    var wire: Concordat_V1_StatementDecision {
        Concordat_V1_StatementDecision(rawValue: Int(number)) ?? .unspecified
    }

    init?(wire: Concordat_V1_StatementDecision) {
        guard wire.rawValue > 0 else { return nil }
        self.init(number: UInt64(wire.rawValue))
    }
}

extension TermsProblem {
    func wire(in document: Concordat_V1_DocumentNode?) -> Concordat_V1_Finding {
        .with {
            $0.severity = severity == .error ? .error : .warning
            $0.path = path
            $0.code = code.rawValue
            $0.message = description
            $0.line = document?.line(of: path) ?? 0
        }
    }

    func problem(in document: Concordat_V1_DocumentNode? = nil) -> CallFault.FieldProblem {
        CallFault.FieldProblem(field: path.isEmpty ? "document" : path, problem: "\(fault). \(remedy)", line: document?.line(of: path) ?? 0)
    }
}

extension StoredAgreement {
    /// What has changed, and what is still to be done.
    func change(_ state: AgreementState, at now: Timestamp, findings: [Concordat_V1_Finding] = []) -> Concordat_V1_AgreementChange {
        .with {
            $0.agreement = id.text
            $0.version = version.value
            $0.state = state.effectivePhase(at: now).wire
            $0.termsDigest = Data(state.termsDigest.bytes)
            $0.ledgerIndex = latestEntry.value
            $0.outstanding = state.outstanding(at: now)
            $0.findings = findings
        }
    }

    /// As lists show it.
    func summary(_ state: AgreementState, at now: Timestamp) -> Concordat_V1_Agreement {
        let terms = state.terms
        return .with {
            $0.id = id.text
            $0.version = version.value
            $0.state = state.effectivePhase(at: now).wire
            $0.title = terms.title
            $0.provider = terms.parties.first { $0.role == .provider }?.organisation.text ?? ""
            $0.recipient = terms.parties.first { $0.role == .recipient }?.organisation.text ?? ""
            $0.termsDigest = Data(terms.digest.bytes)
            $0.outstanding = state.outstanding(at: now)
            $0.createdAt = createdAt.microseconds
            $0.start = terms.period.startsAt.microseconds
            $0.end = terms.period.endsAt.microseconds
            $0.purpose = terms.purpose.code.text
            $0.datasets = terms.datasets.map(\.dataset.text)
        }
    }
}

extension Endorsement {
    var wire: Concordat_V1_BoardAct {
        .with {
            $0.role = role.wire
            $0.organisation = organisation.text
            $0.principal = principal.value
            $0.decision = decision.wire
            $0.at = at.microseconds
        }
    }
}
