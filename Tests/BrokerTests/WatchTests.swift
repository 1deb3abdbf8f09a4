import BrokerProtocol
import Cryptography
import Foundation
import RPC
import SwiftProtobuf
import Testing
import Vocabulary

@testable import Broker

/// `WatchAgreements`, `StreamRevocations` and `FollowLedger`, over a real listener.
@Suite(.serialized) struct WatchTests {
    private func prepared() async throws -> (RunningBroker, String) {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        return (running, try await running.agreementInForce())
    }

    /// One watch on a connection of its own.
    private struct Watching<Response: Message & Sendable> {
        let client: RPCClient
        let iterator: RPCAnswerStream<Response>.AsyncIterator

        func next() async throws -> Response { try #require(try await iterator.next()) }

        /// The status that ends it.
        func end() async throws -> RPCStatus {
            do throws(RPCStatus) {
                while try await iterator.next() != nil {}
            } catch {
                return error
            }
            throw RunningBroker.Unexpected.accepted("a watch ended well")
        }
    }

    private func watch<Request: Message & Sendable, Response: Message & Sendable>(
        _ running: RunningBroker, _ name: String, _ method: String, _ request: Request, returning: Response.Type = Response.self
    ) async throws -> Watching<Response> {
        let client = try await running.client(name)
        let answers = try await client.serverStreaming("/concordat.v1.\(method)", request, returning: Response.self, timeout: .seconds(20))
        return Watching(client: client, iterator: answers.makeAsyncIterator())
    }

    private func suspend(_ agreement: String, _ running: RunningBroker) async throws -> Concordat_V1_AgreementChange {
        try await running.call("dwp-oncall", "AgreementService/Suspend", Concordat_V1_TransitionRequest.with { $0.agreement = agreement })
    }

    @Test func refusalThatEndsAnOldWatchIsInTheLedger() async throws {
        let (made, _) = try await prepared()
        let offset = ClockOffset()
        let running = try await made.restarted(offset: offset)
        let watching: Watching<Concordat_V1_LedgerGrowth> = try await watch(
            running, "leeds-requester", "LedgerService/FollowLedger", Concordat_V1_FollowLedgerRequest())
        _ = try await watching.next()
        // Longer than an act may wait for its place.
        offset.seconds.store(150, ordering: .relaxed)
        let _: Concordat_V1_Principal = try await running.call(
            "dwp-admin", "RegistryService/RetirePrincipal", Concordat_V1_RetirePrincipalRequest.with { $0.id = "leeds-requester"; $0.reason = "test" })
        let end = try await watching.end()
        #expect(end.code == .aborted && end.errorInfo?.reason == "WATCH_ENDED")
        #expect(end.errorInfo?.metadata.isEmpty == true, "why, is for the ledger alone")
        let denial = try #require(try await running.newestDenial())
        #expect(denial.method == "FollowLedger" && denial.reason == "certificate_retired")
        await watching.client.close()
        await running.stop()
    }

    @Test func agreementsAreToldOnceAndAgainWhenTheyChange() async throws {
        let (running, agreement) = try await prepared()
        let watching: Watching<Concordat_V1_Agreement> = try await watch(
            running, "leeds-service", "AgreementService/WatchAgreements", Concordat_V1_WatchAgreementsRequest())
        let first = try await watching.next()
        #expect(first.id == agreement && first.state == .active)
        // What does not concern it is not told: a dataset's new revision.
        try await running.importAwards()
        _ = try await suspend(agreement, running)
        let second = try await watching.next()
        #expect(second.id == agreement && second.state == .suspended)
        // Who is no party is told of nothing by name, and of none in the list.
        let refused: Watching<Concordat_V1_Agreement> = try await watch(
            running, "york-service", "AgreementService/WatchAgreements", Concordat_V1_WatchAgreementsRequest.with { $0.agreement = agreement })
        #expect(try await refused.end().code == .notFound)
        await running.stop()
    }

    @Test func watchesAndListsGoThroughAllAgreementsByPages() async throws {
        let made = try await RunningBroker()
        try await made.registerEverybody()
        try await made.importAwards()
        let running = try await made.restarted { limits in
            limits.agreementsAtOnce = 2
            limits.listedAgreements = 4
        }
        func draft() async throws -> String {
            let draft: Concordat_V1_AgreementChange = try await running.call(
                "leeds-requester", "AgreementService/DraftAgreement",
                Concordat_V1_DraftAgreementRequest.with { $0.document = try! YAMLDocument.parse(RunningBroker.terms, file: "terms.yaml") })
            return draft.agreement
        }
        var drafts: [String] = []
        for _ in 0..<4 { drafts.append(try await draft()) }
        let listed: Concordat_V1_ListAgreementsResponse = try await running.call(
            "leeds-requester", "AgreementService/ListAgreements", Concordat_V1_ListAgreementsRequest())
        #expect(listed.agreements.map(\.id) == drafts)
        drafts.append(try await draft())
        let watching: Watching<Concordat_V1_Agreement> = try await watch(
            running, "leeds-requester", "AgreementService/WatchAgreements", Concordat_V1_WatchAgreementsRequest())
        var told: [String] = []
        for _ in drafts { told.append(try await watching.next().id) }
        #expect(told == drafts)
        let revocations: Watching<Concordat_V1_Revocations> = try await watch(
            running, "leeds-requester", "TokenService/StreamRevocations", Concordat_V1_StreamRevocationsRequest())
        let counted = try await revocations.next().counters.compactMap { counter -> String? in
            if case .agreement(let id) = counter.of { id } else { nil }
        }
        #expect(counted.sorted() == drafts)
        let status = try await running.refusal("leeds-requester", "AgreementService/ListAgreements", Concordat_V1_ListAgreementsRequest())
        #expect(status.code == .failedPrecondition && status.errorInfo?.reason == "LIMIT")
        await running.stop()
    }

    @Test func ledgerIsFollowedCheckpointByCheckpoint() async throws {
        let (running, agreement) = try await prepared()
        let size = running.broker.core.ledger.checkpoint.size
        let watching: Watching<Concordat_V1_LedgerGrowth> = try await watch(
            running, "auditor", "LedgerService/FollowLedger", Concordat_V1_FollowLedgerRequest.with { $0.size = size })
        let entry = try await suspend(agreement, running).ledgerIndex
        let growth = try await watching.next()
        #expect(growth.size > size && growth.size > entry)
        #expect(growth.checkpoint.split(separator: "\n").dropFirst().first == "\(growth.size)")
        await running.stop()
    }

    @Test func revocationsAreToldWholeAndThenByWhatHasChanged() async throws {
        let (running, agreement) = try await prepared()
        let watching: Watching<Concordat_V1_Revocations> = try await watch(
            running, "leeds-service", "TokenService/StreamRevocations", Concordat_V1_StreamRevocationsRequest())
        let all = try await watching.next()
        #expect(all.isComplete && all.tokens.isEmpty)
        let before = try #require(all.counters.first { $0.of == .agreement(agreement) }).value
        let names = all.counters.compactMap { counter -> String? in
            switch counter.of {
            case .organisation(let id), .client(let id): id
            default: nil
            }
        }
        #expect(names.sorted() == ["dwp", "leeds-cc", "leeds-service"])
        let token = try await running.token(agreement)
        let _: Concordat_V1_RevokeResponse = try await running.call(
            "leeds-service", "TokenService/Revoke", Concordat_V1_RevokeRequest.with { $0.token = token })
        var revoked = try await watching.next()
        while revoked.tokens.isEmpty { revoked = try await watching.next() }
        #expect(!revoked.isComplete && revoked.tokens.count == 1 && revoked.tokens[0].digest.count == 32)
        _ = try await suspend(agreement, running)
        let stopped = try await watching.next()
        #expect(stopped.counters.map(\.of) == [.agreement(agreement)] && stopped.counters[0].value == before + 1)
        #expect(stopped.generation > all.generation)
        await running.stop()
    }

    @Test func watchOfARetiredPrincipalEnds() async throws {
        let (running, _) = try await prepared()
        let watching: Watching<Concordat_V1_LedgerGrowth> = try await watch(
            running, "york-service", "LedgerService/FollowLedger", Concordat_V1_FollowLedgerRequest())
        _ = try await watching.next()
        let _: Concordat_V1_Principal = try await running.call(
            "dwp-admin", "RegistryService/RetirePrincipal", Concordat_V1_RetirePrincipalRequest.with { $0.id = "york-service"; $0.reason = "Test." })
        #expect(try await watching.end().code == .aborted)
        await running.stop()
    }

    @Test func watchesOfOneCallerAreBoundedAndEndWithTheBroker() async throws {
        let (running, _) = try await prepared()
        let most = running.broker.core.configuration.limits.watchesPerPrincipal
        var open: [Watching<Concordat_V1_LedgerGrowth>] = []
        for _ in 0..<most {
            open.append(try await watch(running, "auditor", "LedgerService/FollowLedger", Concordat_V1_FollowLedgerRequest()))
            _ = try await open[open.count - 1].next()
        }
        let refused: Watching<Concordat_V1_LedgerGrowth> = try await watch(
            running, "auditor", "LedgerService/FollowLedger", Concordat_V1_FollowLedgerRequest())
        #expect(try await refused.end().code == .resourceExhausted)
        // One that its caller has left makes room.
        let left = open.removeFirst()
        await left.client.close()
        for _ in 0..<100 where running.broker.core.watches.count == most { try await Task.sleep(for: .milliseconds(20)) }
        #expect(running.broker.core.watches.count == most - 1)
        await running.stop()
        for watching in open {
            let end = try await watching.end()
            // The broker's own word, and not the end of the connection that follows.
            #expect(end.code == .unavailable && end.message.contains("stopping"))
        }
        #expect(running.broker.core.watches.count == 0)
    }
}
