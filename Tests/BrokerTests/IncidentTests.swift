import AuditTrail
import BrokerProtocol
import Cryptography
import Foundation
import GRDB
import Ledger
import RPC
import SQLiteStorage
import Storage
import Testing
import Vocabulary

@testable import Broker

/// `concordat incident scope`: what is counted from a home after exchanges that are known one by one.
@Suite(.serialized) struct IncidentTests {
    /// Three people of Leeds are looked up, one of them twice, and one of York, who may not be released.
    private struct Road {
        let running: RunningBroker
        let agreement: AgreementID
        let client: PrincipalNumber
        let certificate: Thumbprint
        var entries: [LedgerIndex] = []
    }

    private func prepared() async throws -> Road {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards(RunningBroker.citizens + [("QQ123459A", "E08000035", 1)])
        let agreement = try await running.agreementInForce()
        let token = try await running.token(agreement)
        let service = try #require(
            try await running.broker.core.reader.read { store throws(StorageFault) in try store.principal(ClientID("leeds-service")!) })
        var road = Road(
            running: running, agreement: try #require(AgreementID(agreement)), client: service.number,
            certificate: Thumbprint(ofCertificate: [UInt8](try running.der("leeds-service"))))
        for nino in ["QQ123456A", "QQ123457A", "QQ123459A", "QQ123456A", "QQ123458A"] {
            let answer: Concordat_V1_QueryResponse = try await running.call(
                "leeds-service", "ExchangeService/Query", RunningBroker.query(agreement, nino), token: token)
            road.entries.append(LedgerIndex(answer.receipt.index))
        }
        return road
    }

    private func scope(
        _ question: IncidentQuestion, of road: Road, limits: IncidentScope.Limits = .init()
    ) throws -> IncidentScope {
        let snapshot = try SQLiteSnapshot(road.running.home)
        let head = try #require(try snapshot.read { store throws(StorageFault) in try store.head() })
        return try IncidentScope(question, evidence: road.running.broker.core.evidence, head: head, limits: limits) { first, count throws(StorageFault) in
            try snapshot.read { store throws(StorageFault) in try store.evidence(from: first, count: count) }
        } tile: { place throws(StorageFault) in
            try snapshot.read { store throws(StorageFault) in try store.tile(place) }
        }
    }

    private func moment(of index: LedgerIndex, _ road: Road) async throws -> Timestamp {
        let bytes = try await road.running.broker.core.reader.read { store throws(StorageFault) in try store.entry(index) }
        return try LedgerEntry(canonical: try #require(bytes)).sequenced
    }

    @Test func exchangesRecordsAndPeopleAreCountedOnce() async throws {
        let road = try await prepared()
        for question in [
            IncidentQuestion(certificate: road.certificate), IncidentQuestion(agreement: road.agreement), IncidentQuestion(client: road.client),
            IncidentQuestion(certificate: road.certificate, agreement: road.agreement, client: road.client),
        ] {
            let scope = try scope(question, of: road)
            let tally = try #require(scope.lines.values.first)
            #expect(scope.lines.count == 1 && scope.ends.isEmpty && !scope.isPeopleBoundReached && scope.fault == nil)
            #expect(tally.exchanges == 5 && tally.entries == 5)
            #expect(tally.recordsReleased == 4)
            #expect(scope.peopleCount == 3, "of whom a record left; nothing left of the fourth, of York")
            #expect(tally.first.index == road.entries.first && tally.last.index == road.entries.last)
            #expect(tally.certificates == [road.certificate])
            // nino and local_authority as they are, the amount rounded: leaves 0, 2 and 3 of the schema.
            #expect(tally.fieldsReleased.indexes == [0, 2] && tally.fieldsTransformed.indexes == [3])
        }
        await road.running.stop()
    }

    @Test func whatIsNotNamedIsNotCounted() async throws {
        let road = try await prepared()
        let york = try #require(
            try await road.running.broker.core.reader.read { store throws(StorageFault) in try store.principal(ClientID("york-service")!) })
        #expect(try scope(IncidentQuestion(client: york.number), of: road).lines.isEmpty)
        #expect(try scope(IncidentQuestion(certificate: Thumbprint(Digest.sha256([1]))), of: road).lines.isEmpty)
        #expect(try scope(IncidentQuestion(agreement: AgreementID("ISA-2026-9999")!), of: road).lines.isEmpty)
        await road.running.stop()
    }

    @Test func aWindowIsFromItsFirstMomentToBeforeItsLast() async throws {
        let road = try await prepared()
        let (second, fourth) = (try await moment(of: road.entries[1], road), try await moment(of: road.entries[3], road))
        let scope = try scope(IncidentQuestion(from: second, until: fourth), of: road)
        let tally = try #require(scope.lines.values.first)
        #expect(tally.exchanges == 2 && scope.peopleCount == 2)
        #expect(tally.first.index == road.entries[1] && tally.last.index == road.entries[2])
        await road.running.stop()
    }

    @Test func whatEndedTheUseIsTold() async throws {
        let road = try await prepared()
        let _: Concordat_V1_AgreementChange = try await road.running.call(
            "dwp-oncall", "AgreementService/Suspend", Concordat_V1_TransitionRequest.with { $0.agreement = road.agreement.text })
        let _: Concordat_V1_Certificate = try await road.running.call(
            "dwp-admin", "RegistryService/RetireCertificate",
            Concordat_V1_RetireCertificateRequest.with { $0.thumbprint = Data(road.certificate.bytes); $0.reason = "KEY_LOST" })
        #expect(try scope(IncidentQuestion(agreement: road.agreement), of: road).ends.map(\.cause) == [.agreement(state: "suspended")])
        #expect(try scope(IncidentQuestion(certificate: road.certificate), of: road).ends.map(\.cause) == [.certificateRetired])
        #expect(try scope(IncidentQuestion(client: road.client), of: road).ends.map(\.cause) == [.certificateRetired])
        await road.running.stop()
    }

    @Test func peopleOfErasedOpeningsAreSaidToBeMissing() async throws {
        let road = try await prepared()
        await road.running.stop()
        let store = try SQLiteStore.open(road.running.home)
        let erased = try store.transaction { transaction throws(StorageFault) in try transaction.eraseOpening(road.entries[1]) }
        try store.close()
        #expect(erased)
        let scope = try scope(IncidentQuestion(client: road.client), of: road)
        #expect(scope.peopleCount == 2 && scope.lines.values.first?.recordsForgotten == 1)
    }

    @Test func anEntryThatWasTakenOutIsMissed() async throws {
        let road = try await prepared()
        await road.running.stop()
        let queue = try DatabaseQueue(path: road.running.home.database)
        try await queue.write { try $0.execute(sql: "DELETE FROM entry WHERE idx = \(road.entries[1].value)") }
        try queue.close()
        #expect(throws: StorageFault.self) { try scope(IncidentQuestion(client: road.client), of: road) }
    }

    @Test func aRetiredOrganisationEndsTheUseOfItsClients() async throws {
        let road = try await prepared()
        let organisation = try #require(
            try await road.running.broker.core.reader.read { store throws(StorageFault) in try store.organisation(OrganisationID("leeds-cc")!) })
        let _: Concordat_V1_Organisation = try await road.running.call(
            "dwp-admin", "RegistryService/RetireOrganisation", Concordat_V1_RetireOrganisationRequest.with { $0.id = "leeds-cc"; $0.reason = "test" })
        var question = IncidentQuestion(client: road.client)
        question.organisation = organisation.number
        #expect(try scope(question, of: road).ends.map(\.cause) == [.organisationRetired])
        let certificate = Concordat_V1_EnrolCertificateRequest.with { $0.id = "leeds-service"; $0.certificate = try! road.running.der("stranger") }
        let refused = try await road.running.refusal("dwp-admin", "RegistryService/EnrolCertificate", certificate)
        #expect(refused.errorInfo?.reason == "ORGANISATION_RETIRED")
        await road.running.stop()
    }

    @Test func moreThanTheMostPeopleIsSaid() async throws {
        let road = try await prepared()
        var limits = IncidentScope.Limits()
        limits.maxPeople = 2
        let scope = try scope(IncidentQuestion(client: road.client), of: road, limits: limits)
        #expect(scope.peopleCount == 2 && scope.isPeopleBoundReached)
        await road.running.stop()
    }
}
