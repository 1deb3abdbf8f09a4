import BrokerProtocol
import Cryptography
import DataSources
import Foundation
import RPC
import Storage
import SwiftProtobuf
import TLS
import Vocabulary

@testable import Broker

/// A broker on loopback with a home of its own, and one client for each person and service. Everything goes over mutual TLS and gRPC.
final class RunningBroker: Sendable {
    static let people = [
        "dwp-admin", "dwp-case", "dwp-adviser", "dwp-owner", "dwp-signatory", "dwp-oncall", "leeds-requester", "leeds-adviser", "leeds-owner",
        "leeds-signatory", "leeds-service", "york-service", "auditor", "stranger",
    ]

    let certificates: TestCertificates
    let home: BrokerHome
    let broker: BrokerService

    /// - Parameter edge: where steps 6 and 7 of its exchanges are done.
    init(edge: EdgeRunner = RunningBroker.edge) async throws {
        certificates = try TestCertificates(names: RunningBroker.people)
        home = BrokerHome(certificates.file("home"))
        let configuration = BrokerConfiguration(
            origin: "broker.test/ledger", issuer: "https://broker.test", operator: "dwp",
            api: BrokerConfiguration.Listener(host: "127.0.0.1", port: 0), public: BrokerConfiguration.Listener(host: "127.0.0.1", port: 0),
            tls: BrokerConfiguration.TLSFiles(
                certificate: certificates.file("server.pem"), key: certificates.file("server.key"), clientAuthorities: certificates.file("ca.pem")))
        _ = try await BrokerService.initialise(
            BrokerInitialisation(
                home: home, configuration: configuration, operatorName: "Department for Work and Pensions",
                administratorID: ClientID("dwp-admin")!, administratorName: "Administrator",
                administratorCertificate: try X509Certificate(pem: certificates.text("dwp-admin.pem"))))
        broker = try await RunningBroker.start(home, edge: edge)
    }

    /// Another run of the same home.
    init(_ earlier: RunningBroker, broker: BrokerService) {
        certificates = earlier.certificates
        home = earlier.home
        self.broker = broker
    }

    /// Every broker of these tests is started here, so that all of them have the edge that was asked for.
    static func start(
        _ home: BrokerHome, _ configuration: BrokerConfiguration? = nil, log: BrokerLog = BrokerLog(label: "test", level: .critical),
        clock: BrokerClock = .system, edge: EdgeRunner = RunningBroker.edge
    ) async throws -> BrokerService {
        let configuration = try configuration ?? ConfigurationFile.read(path: home.configuration)
        return try await BrokerService.start(home, configuration, log: log, clock: clock, edge: edge)
    }

    /// Where the brokers of these tests do steps 6 and 7: in this process, or, where `CONCORDAT_TEST_EDGE` is `process`, in another.
    static let edge: EdgeRunner = isEdgeElsewhere ? EdgeProcesses.shared.runner : .inProcess

    static let isEdgeElsewhere: Bool = {
        let asked = ProcessInfo.processInfo.environment["CONCORDAT_TEST_EDGE"] ?? ""
        precondition(["", "process"].contains(asked), "CONCORDAT_TEST_EDGE is 'process' or nothing")
        return asked == "process"
    }()

    func stop() async { await broker.stop() }

    func client(_ name: String, of broker: BrokerService? = nil) async throws -> RPCClient {
        let tls = try TLSClientContext(
            TLSClientConfiguration(
                roots: .file(certificates.file("ca.pem")),
                identity: TLSClientConfiguration.Identity(
                    certificateChain: .file(certificates.file("\(name).pem")), privateKey: .file(certificates.file("\(name).key")))))
        return try await RPCClient.connect(RPCClientConfiguration(host: "localhost", port: (broker ?? self.broker).ports.api, tls: tls))
    }

    /// One call on a connection of its own, so that identity is worked out anew.
    func call<Request: Message & Sendable, Response: Message & Sendable>(
        _ name: String, _ method: String, _ request: Request, token: String? = nil, returning: Response.Type = Response.self
    ) async throws -> Response {
        let client = try await client(name)
        var metadata = Metadata()
        if let token { metadata.add("authorization", "Bearer \(token)") }
        do {
            let response: Response = try await client.unary("/concordat.v1.\(method)", request, metadata: metadata, timeout: .seconds(20))
            await client.close()
            return response
        } catch {
            await client.close()
            throw error
        }
    }

    /// The status that a call ends with.
    func refusal<Request: Message & Sendable>(_ name: String, _ method: String, _ request: Request, token: String? = nil) async throws -> RPCStatus {
        do {
            let _: Google_Protobuf_Empty = try await call(name, method, request, token: token)
            throw Unexpected.accepted(method)
        } catch let status as RPCStatus {
            return status
        }
    }

    enum Unexpected: Error { case accepted(String) }

    /// The newest DENIAL, as an auditor reads it.
    func newestDenial() async throws -> Concordat_V1_Denial? {
        let answer: Concordat_V1_ExplainDenialsResponse = try await call(
            "auditor", "AdministrationService/ExplainDenials", Concordat_V1_ExplainDenialsRequest.with { $0.limit = 1 })
        return answer.denials.first
    }

    func der(_ name: String) throws -> Data {
        Data(try X509Certificate(pem: certificates.text("\(name).pem")).der)
    }

    func sign(_ statement: Data, as name: String) throws -> Data {
        let key = try ES256PrivateKey(pem: certificates.text("\(name).key"))
        return Data(try key.sign(Array("concordat/decision/1".utf8) + [0] + [UInt8](statement)))
    }
}
