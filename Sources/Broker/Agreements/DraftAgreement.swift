import Agreements
import BrokerProtocol
import Storage
import Vocabulary

extension BrokerCore {
    func draftAgreement(_ request: Concordat_V1_DraftAgreementRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let limits = configuration.limits
        let step = AgreementStep(origin: configuration.origin, salt: randomness.bytes(16))
        let saltBytes = randomness.bytes(32)
        guard request.hasDocument else { throw .invalid(field: "document", problem: "is missing; send the terms") }
        return try await act(call) { scope throws(StorageFault) in
            let year = scope.now.utcDate.year
            let sequence = try scope.store.nextAgreementNumber(year: year)
            let digits = String(sequence)
            let text = "ISA-\(year)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            guard let id = AgreementID(text), let salt = AnnexSalt(saltBytes) else { return .refused(.internal(part: "agreement number")) }
            let terms: Terms
            switch try TermsCompletion.terms(request.document, agreement: id, version: .first, limits: limits, in: scope.store) {
            case .success(let read): terms = read
            case .failure(let fault): return .refused(fault.callFault(in: request.document))
            }
            var parties: [OrganisationNumber] = []
            for party in terms.material.parties {
                guard let organisation = try scope.store.organisation(party.organisation) else {
                    return .refused(
                        .invalid(
                            field: "parties[\(party.organisation)].organisation", problem: "is not registered with this broker; correct it or have it registered"))
                }
                parties.append(organisation.number)
            }
            let stored = StoredAgreement(
                id: id, version: .first, state: [], stateCode: "", terms: [], termsDigest: terms.material.digest, annex: terms.annex.bytes,
                annexSalt: salt.bytes, title: terms.material.title, parties: parties.sorted(), createdAt: scope.now, latestEntry: scope.next)
            let officer = try scope.officer()
            let annex = terms.annex.digest(salt: salt)
            switch try step.apply(.draft(terms.material, annex: annex), to: nil, of: stored, by: .officer(officer), in: &scope) {
            case .refused(let fault): return .refused(fault)
            case .done(let outcome): return .done(outcome.stored.change(outcome.state, at: scope.now))
            }
        }
    }
}
