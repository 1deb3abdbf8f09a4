import BrokerProtocol
import Cryptography
import DataSources
import EdgeChannel
import Foundation
import ProtobufWire
import RPC
import Redaction
import Synchronization
import Testing

@testable import Broker

/// Steps 6 and 7 of an exchange in a process of their own: `Tests/EdgeProcess`. Protocols/Decisions/2026-11-27-edge-elsewhere.md.
@Suite(.serialized) struct EdgeProcessTests {
    private let processes = EdgeProcesses()

    private typealias Road = (running: RunningBroker, agreement: String, token: String)

    private static let terms = RunningBroker.terms
        .replacing("operations: [query]", with: "operations: [query, stream]")
        .replacing("rows_per_call: 10, rows_per_day: 1000, bytes_per_day: 1000000", with: "rows_per_call: 10000, rows_per_day: 100000, bytes_per_day: 100000000")

    private static let people = (0..<1_500).map { (nino: String(format: "QQ%06dA", $0), area: "E08000035", pence: Int64($0)) }

    private func prepared(
        _ edge: EdgeRunner, _ citizens: [(nino: String, area: String, pence: Int64)] = RunningBroker.citizens, terms: String = terms
    ) async throws -> Road {
        let running = try await RunningBroker(edge: edge)
        try await running.registerEverybody()
        try await running.importAwards(citizens)
        let agreement = try await running.agreementInForce(terms)
        return (running, agreement, try await running.token(agreement))
    }

    private func ask(_ road: Road, _ nino: String = "QQ123456A") async throws -> Concordat_V1_QueryResponse {
        try await road.running.call("leeds-service", "ExchangeService/Query", RunningBroker.query(road.agreement, nino), token: road.token)
    }

    private func askByArea(_ road: Road) async throws -> Concordat_V1_QueryResponse {
        var query = RunningBroker.query(road.agreement, "")
        query.filter.conditions = [.with { $0.field = "local_authority"; $0.equals = "E08000035" }]
        return try await road.running.call("leeds-service", "ExchangeService/Query", query, token: road.token)
    }

    /// The batches that came, and the status where it did not end well.
    private func stream(_ road: Road) async throws -> (batches: [Concordat_V1_StreamBatch], status: RPCStatus?) {
        let client = try await road.running.client("leeds-service")
        var batches: [Concordat_V1_StreamBatch] = []
        var status: RPCStatus?
        do throws(RPCStatus) {
            let request = Concordat_V1_StreamRequest.with {
                $0.agreement = road.agreement
                $0.dataset = "uc.awards"
                $0.purpose = "council-tax-reduction"
            }
            let answers = try await client.serverStreaming(
                "/concordat.v1.ExchangeService/Stream", request, returning: Concordat_V1_StreamBatch.self,
                metadata: ["authorization": "Bearer \(road.token)"], timeout: .seconds(30))
            let iterator = answers.makeAsyncIterator()
            while let batch = try await iterator.next() { batches.append(batch) }
        } catch {
            status = error
        }
        await client.close()
        return (batches, status)
    }

    private static func award(_ nino: String, _ pence: Int64) -> [UInt8] {
        var expected = WireWriter()
        expected.string(1, nino)
        expected.string(3, "E08000035")
        expected.int64(4, pence)
        return expected.bytes
    }

    @Test func everyExchangeIsDoneByAnotherProcessThatIsHandedItsKeysOverAPipeAlone() async throws {
        let road = try await prepared(processes.runner, Self.people)
        // 1,499 pence to the nearest 1,000.
        #expect(try await ask(road, "QQ001499A").records.map { [UInt8]($0.record) } == [Self.award("QQ001499A", 1_000)])
        #expect(try await ask(road, "QQ999999A").records.isEmpty)
        let (batches, status) = try await stream(road)
        #expect(status == nil && batches.map(\.records.count) == [1_000, 500])
        // Two queries and two batches.
        #expect(processes.answered == 4)
        #expect(!processes.answers.isEmpty && processes.answers[getpid()] == nil)
        for process in processes.answers.keys {
            let arguments = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline")).split(separator: 0)
            #expect(arguments.count == 1 && String(decoding: arguments[0], as: UTF8.self).hasSuffix("/edge-process"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/environ")).isEmpty)
        }
        await road.running.stop()
    }

    /// The same request, terms and keys give the same records, openings, counts and marks of people on both sides of the boundary.
    @Test(arguments: ["field", "record"]) func theReleaseIsTheOneThatThisProcessMakes(_ level: String) async throws {
        let pairs = Mutex<[(here: EdgeRelease, there: EdgeRelease)]>([])
        let both = EdgeRunner { [processes] request, terms, session throws(EdgeFault) in
            let here = try EdgeRunner.inProcess.release(request, terms, session)
            let there = try processes.release(EdgeCall(folder: session.folder.path, request: request, terms: terms))
            pairs.withLock { $0.append((here, there)) }
            return there
        }
        let coded = Self.terms.replacing("level: field", with: "level: \(level)")
            .replacing("{path: nino, transform: allow, ", with: "{path: nino, transform: pseudonym, parameters: {scope: agreement, domain: nino, canon: nino.demo.v1}, ")
            .replacing(
                "row_filter: {equals: {field: local_authority, value: E08000035}}",
                with: "row_filter: {or: [{equals: {field: local_authority, value: E08000035}}, {in: {field: amount_pence, values: [29211]}}]}")
        let road = try await prepared(both, terms: coded)
        #expect(try await ask(road).records.count == 1)
        #expect(try await askByArea(road).records.count == 2)
        let (batches, status) = try await stream(road)
        #expect(status == nil && batches.map(\.records.count) == [3])
        let made = pairs.withLock { $0 }
        #expect(made.map(\.here.records.count) == [1, 2, 3])
        // A search by key says itself whom it is about.
        #expect(made.map(\.here.finders.count) == [0, 2, 3])
        for (here, there) in made {
            #expect(there.records.map(\.bytes) == here.records.map(\.bytes))
            #expect(there.records.map(\.opening) == here.records.map(\.opening))
            #expect(there.commitments == here.commitments)
            #expect([there.requestCommitment, there.caseCommitment] == [here.requestCommitment, here.caseCommitment])
            #expect([there.requestSalt, there.caseSalt] == [here.requestSalt, here.caseSalt])
            #expect(there.counts == here.counts && there.finders == here.finders && there.next == here.next)
        }
        await road.running.stop()
    }

    /// The home is gone but for the one file, and nothing else of it was handed over.
    @Test func theProcessNeedsNothingOfTheHomeButTheFileOfTheDataset() async throws {
        let calls = Mutex<[(call: EdgeCall, here: EdgeRelease)]>([])
        let noting = EdgeRunner { request, terms, session throws(EdgeFault) in
            let here = try EdgeRunner.inProcess.release(request, terms, session)
            calls.withLock { $0.append((EdgeCall(folder: session.folder.path, request: request, terms: terms), here)) }
            return here
        }
        let road = try await prepared(noting)
        #expect(try await ask(road).records.count == 1)
        await road.running.stop()
        let (call, here) = try #require(calls.withLock { $0.first })
        let folder = road.running.certificates.file("elsewhere")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.moveItem(atPath: call.folder + "/" + call.request.file, toPath: folder + "/" + call.request.file)
        try FileManager.default.removeItem(atPath: road.running.home.path)
        let there = try processes.release(EdgeCall(folder: folder, request: call.request, terms: call.terms))
        #expect(there.records.map(\.bytes) == [Self.award("QQ123456A", 39_000)])
        #expect(there.commitments == here.commitments)
    }

    /// Nothing left, nothing is recorded or charged, and the next exchange has another process.
    @Test(arguments: [EdgeProcesses.Interference.killBeforeAnswer, .killDuringAnswer]) func aProcessThatDiesMidwayReleasesNothing(
        _ interference: EdgeProcesses.Interference
    ) async throws {
        let road = try await prepared(processes.runner, Self.people)
        let ledger = road.running.broker.core.ledger
        #expect(try await ask(road, "QQ000001A").records.count == 1)
        let size = ledger.checkpoint.size
        let first = processes.started
        processes.interfere(interference)
        // A batch of a thousand is more than a pipe holds, so that the process is killed while it writes.
        let cut = try await stream(road)
        #expect(cut.batches.isEmpty && cut.status?.code == .unavailable)
        #expect(ledger.checkpoint.size == size && processes.answered == 1)
        let whole = try await stream(road)
        #expect(whole.status == nil && whole.batches.map(\.records.count) == [1_000, 500])
        #expect(ledger.checkpoint.size == size + 2)
        #expect(!processes.started.subtracting(first).isEmpty)
        await road.running.stop()
    }

    @Test func aProcessThatIsFoundDeadReleasesNothing() async throws {
        let road = try await prepared(processes.runner)
        processes.interfere(.killAfterAnswer)
        #expect(try await ask(road).records.count == 1)
        try await Task.sleep(for: .milliseconds(100))
        try await refused(road)
        await road.running.stop()
    }

    @Test func aProcessThatIsLateReleasesNothing() async throws {
        let impatient = EdgeProcesses(timeout: .seconds(2))
        let road = try await prepared(impatient.runner)
        impatient.interfere(.stop)
        try await refused(road)
        await road.running.stop()
    }

    /// The query is answered UNAVAILABLE and leaves no entry; the next one is answered.
    private func refused(_ road: Road, _ comment: Comment? = nil) async throws {
        let ledger = road.running.broker.core.ledger
        let size = ledger.checkpoint.size
        let status = try await road.running.refusal(
            "leeds-service", "ExchangeService/Query", RunningBroker.query(road.agreement, "QQ123456A"), token: road.token)
        #expect(status.code == .unavailable, comment)
        #expect(status.message.contains("(edge)"), comment)
        #expect(ledger.checkpoint.size == size, comment)
        #expect(try await ask(road).records.count == 1, comment)
    }

    /// What is done to the answer about one citizen, by name.
    private static let alterations: [(name: String, change: @Sendable ([UInt8]) -> [UInt8])] = [
        ("nothing", { _ in [] }), ("garbage", { _ in [UInt8](repeating: 0xA5, count: 300) }), ("its first half", { Array($0.prefix($0.count / 2)) }),
        ("all but its last byte", { $0.dropLast() }), ("a byte more", { $0 + [0] }),
        // Field 1, a number, begins with the second byte.
        ("the answer of another process", { [$0[0], $0[1] ^ 1] + $0.dropFirst(2) }),
        // 39,000 in field 4, as one pence more, and in field 5, which is the health flag.
        ("another value", { $0.replacing([0x20, 0xD8, 0xB0, 0x02], with: [0x20, 0xD9, 0xB0, 0x02]) }),
        // Read, released, outside the filter, withheld, dropped values.
        ("a row more than has the key", { $0.replacing([0x22, 5, 1, 1, 0, 0, 0], with: [0x22, 5, 2, 1, 0, 1, 0]) }),
        ("an unlisted field", { $0.replacing([0x20, 0xD8, 0xB0, 0x02], with: [0x28, 0xD8, 0xB0, 0x02]) }),
    ]

    @Test func anAnswerThatNoRunCouldHaveMadeReleasesNothing() async throws {
        let road = try await prepared(processes.runner)
        for (name, change) in Self.alterations {
            processes.interfere(.alter { [comment = Comment(rawValue: name)] answer in
                let changed = change(answer)
                // An alteration that changes nothing would prove nothing.
                #expect(changed != answer, comment)
                return changed
            })
            try await refused(road, Comment(rawValue: name))
        }
        await road.running.stop()
    }

    @Test func theAnswerToAnEarlierExchangeReleasesNothing() async throws {
        let road = try await prepared(processes.runner)
        let earlier = SavedAnswer()
        processes.interfere(.alter { answer in
            earlier.bytes.withLock { $0 = answer }
            return answer
        })
        #expect(try await ask(road).records.count == 1)
        processes.interfere(.alter { _ in earlier.bytes.withLock { $0 } })
        try await refused(road)
        await road.running.stop()
    }

    private final class SavedAnswer: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// `CONCORDAT_TEST_EDGE=process` moves the exchanges of all these suites, or none are moved.
    @Test func theBrokersOfTheseTestsHaveTheEdgeThatWasAskedFor() async throws {
        let road = try await prepared(RunningBroker.edge)
        let before = EdgeProcesses.shared.answered
        #expect(try await ask(road).records.count == 1)
        if RunningBroker.isEdgeElsewhere {
            #expect(EdgeProcesses.shared.answered > before && EdgeProcesses.shared.answers[getpid()] == nil)
        } else {
            #expect(EdgeProcesses.shared.answered == 0)
        }
        await road.running.stop()
    }
}
