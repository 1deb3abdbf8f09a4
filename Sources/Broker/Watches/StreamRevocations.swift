import BrokerProtocol
import Cryptography
import Foundation
import Storage
import Vocabulary

extension BrokerCore {
    func streamRevocations(_ request: Concordat_V1_StreamRevocationsRequest, _ call: Call, to sink: any AnswerSink) async throws(CallFault) {
        var told: Standings?
        try await watch(call) { (hasChanged) throws(CallFault) in
            // A token that is revoked by itself is no change of the register.
            guard hasChanged || ledger.epochs.deniedTokens != told?.tokens else { return }
            let now = try await standings(for: call)
            defer { told = now }
            let changes = now.changes(since: told)
            guard told == nil || !changes.counters.isEmpty || !changes.tokens.isEmpty else { return }
            try await sink.send(try ServiceMethod.encode(changes))
        }
    }

    /// What a token of those whom the caller may know of is compared with.
    private struct Standings: Sendable {
        let generation: UInt64
        var counters: [EpochScope: (name: Concordat_V1_Counter.OneOf_Of, value: UInt64)] = [:]
        var tokens: [Digest: Timestamp] = [:]

        func changes(since told: Standings?) -> Concordat_V1_Revocations {
            .with {
                $0.generation = generation
                $0.isComplete = told == nil
                $0.counters = counters.filter { told?.counters[$0.key]?.value != $0.value.value }.values.map { counter in
                    .with { $0.of = counter.name; $0.value = counter.value }
                }
                $0.tokens = tokens.filter { told?.tokens[$0.key] == nil }.map { token, expiry in
                    .with { $0.digest = Data(token.bytes); $0.expires = expiry.microseconds }
                }
            }
        }
    }

    private func standings(for call: Call) async throws(CallFault) -> Standings {
        let epochs = ledger.epochs
        let atOnce = configuration.limits.agreementsAtOnce
        return try await read(call) { store throws(StorageFault) in
            var standings = Standings(generation: epochs.generation, tokens: epochs.deniedTokens)
            func add(_ scope: EpochScope, _ name: Concordat_V1_Counter.OneOf_Of) { standings.counters[scope] = (name, epochs.epoch(of: scope)) }
            add(.broker, .broker(true))
            let own = call.caller.organisation
            add(.organisation(own.number), .organisation(own.id.text))
            for principal in try store.principals(of: own.number) where principal.kind == .service {
                add(.client(principal.number), .client(principal.id.text))
            }
            try store.eachAgreement(of: call.caller.isAuditor ? nil : own.number, atOnce: atOnce) { agreement throws(StorageFault) in
                add(.agreement(agreement.id), .agreement(agreement.id.text))
                for party in agreement.parties where standings.counters[.organisation(party)] == nil {
                    guard let organisation = try store.organisation(party) else { continue }
                    add(.organisation(party), .organisation(organisation.id.text))
                }
                return true
            }
            return .done(standings)
        }
    }
}
