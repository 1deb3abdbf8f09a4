import Agreements
import AuditTrail
import Authorization
import BrokerProtocol
import Cryptography
import Foundation
import Ledger
import Redaction
import Storage
import Tokens
import Vocabulary

extension BrokerCore {
    /// One exchange, up to the answer's wire bytes. The numbers are those of the design's "life of one exchange"; 1 and 2 happened before this call.
    func query(_ request: Concordat_V1_QueryRequest, _ call: Call) async throws(CallFault) -> [UInt8] {
        let form = try ExchangeForm(request, limits: configuration.limits)
        // 3 and 4: the token, and that nothing it depends on has changed.
        let token = try verifiedToken(call)
        if let seen = form.seen { try await checkSeen(seen, call) }
        // Before anything is looked up: how long a look-up takes must not tell which agreements of others there are.
        try requireAgreement(of: token, form)
        // 5: the decision.
        let generation = ledger.generation
        let governed = try await governed(form, generation: generation, call)
        let pageSize = form.pageSize ?? configuration.limits.defaultRows(within: token.signed.claims.detail.limits.rowsPerCall)
        let (program, charge) = try decided(form, token, governed, rows: pageSize, call, at: call.arrived)
        let place = try pagePlace(form, governed, call)
        var exchange = Exchange(
            form: form, call: call, token: token, governed: governed, generation: generation, program: program, charge: charge,
            secrets: ExchangeSecrets(from: randomness))
        if !form.requestID.isEmpty, let memory = try await remembered(form, call) {
            if let answer = try await repeatedAnswer(exchange, of: memory, after: place, rows: pageSize) { return answer }
            exchange = exchange.repeating(memory.index)
        }
        // 6 and 7: the source is asked for the program's columns only, and what comes is redacted at once.
        // 8: nothing leaves before the entry is durable and signed for.
        let (batch, receipt) = try await recordedRelease(exchange, after: place, rows: pageSize)
        // 9
        return try answer(exchange, batch, AnswerReceipt(receipt))
    }

    func requireAgreement(of token: VerifiedToken, _ form: ExchangeForm) throws(CallFault) {
        guard form.agreement == token.signed.claims.detail.agreement else {
            throw .denied(reason: DenialReason.otherAgreement.rawValue, paths: [])
        }
    }

    func governed(_ form: ExchangeForm, generation: UInt64, _ call: Call) async throws(CallFault) -> GovernedDataset {
        if let known = governedDatasets.known(form.agreement, form.dataset, for: call.caller.organisation.id, generation: generation) {
            return try party(to: known, form, call)
        }
        let found: GovernedDataset?
        do throws(StorageFault) {
            found = try await governedDatasets.find(
                form.agreement, form.dataset, for: call.caller.organisation.id, generation: generation, reader: reader)
        } catch {
            throw fault(.store(error), call)
        }
        return try party(to: found, form, call)
    }

    /// The token was granted for an agreement; a request for anything it does not name gets the answer of one it may not ask for.
    private func party(to found: GovernedDataset?, _ form: ExchangeForm, _ call: Call) throws(CallFault) -> GovernedDataset {
        guard let found, found.stored.parties.contains(call.caller.organisation.number) else {
            throw .denied(reason: DenialReason.datasetNotAllowed.rawValue, paths: [])
        }
        call.notes.concerns(form.agreement, inForceSince: found.stored.forceEntry)
        return found
    }

    func decided(
        _ form: ExchangeForm, _ token: VerifiedToken, _ governed: GovernedDataset, rows: Int, _ call: Call, at moment: Timestamp
    ) throws(CallFault) -> (RedactionProgram, QuotaCharge) {
        // The address is of interest only where the token is bound to networks.
        let address = token.signed.claims.detail.network.isEmpty ? nil : IPNetwork.address(call.peerAddress)
        let request = form.request(keyField: governed.keyField, rows: rows, address: address)
        let agreement = governed.governing
        switch Authorization.decide(request, by: token, under: agreement, standing: governed.standing(of: call.caller), at: moment) {
        case .permit(let program, let charge):
            governed.remember(program, of: agreement)
            return (program, charge)
        case .deny(let reason):
            let isAboutFields = reason == .fieldNotInTerms || reason == .fieldNotInToken
            guard isAboutFields else { throw .denied(reason: reason.rawValue, paths: []) }
            let (paths, unknown) = BrokerCore.unlisted(form, governed, token)
            throw .denied(reason: reason.rawValue, paths: paths, unknownFields: unknown)
        }
    }

    /// Which of the dataset's fields were asked for that the token does not allow, and how many of the other names are none of its fields. Those
    /// stay out of ledger and store: a caller may have put a citizen's number where a name belongs.
    private static func unlisted(_ form: ExchangeForm, _ governed: GovernedDataset, _ token: VerifiedToken) -> (paths: [String], unknown: Int) {
        let granted = token.claims.detail.datasets.first { $0.id == form.dataset }?.fields ?? []
        let leaves = governed.schema.leaves
        let refused = form.fields.filter { !granted.contains($0) }
        let paths = refused.filter { asked in leaves.contains { asked.contains($0.path) } }
        return (paths.map(\.description), refused.count - paths.count)
    }

    /// The position after which the page starts; 0 for the first page.
    private func pagePlace(_ form: ExchangeForm, _ governed: GovernedDataset, _ call: Call) throws(CallFault) -> UInt64 {
        guard !form.pageToken.isEmpty else { return 0 }
        let scope = PageTokens.Scope(client: call.caller.principal.number, revision: governed.dataset.revision, search: form.searchDigest)
        guard let place = pageTokens.open(form.pageToken, for: scope, now: call.arrived) else {
            throw .precondition(
                reason: "PAGE_TOKEN_NOT_VALID",
                remedy: "The page token is too old, belongs to another request, or the dataset has a new revision. Start again from the first page.")
        }
        return place.position
    }
}
