import BrokerProtocol
import Cryptography
import Foundation
import RPC
import SwiftProtobuf
import Testing

@testable import Broker

/// A certificate that the broker would not let in is not enrolled, and one that was retired never counts as enrolled again.
@Suite(.serialized) struct EnrolmentTests {
    private func enrol(_ der: Data, through intermediates: [Data] = [], with running: RunningBroker) async throws -> RPCStatus {
        try await running.refusal(
            "dwp-admin", "RegistryService/EnrolCertificate",
            Concordat_V1_EnrolCertificateRequest.with {
                $0.id = "york-service"
                $0.certificate = der
                $0.intermediates = intermediates
            })
    }

    @Test func aCertificateWithWhichNobodyCouldConnectIsRefused() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let files = running.certificates
        // The authority of another folder has the same name.
        let foreign = try TestCertificates(names: ["impostor"])
        try files.issue("for-keys", usage: "clientAuth", keyUsage: "keyEncipherment")
        try files.issue("unknown", usage: "clientAuth", more: "1.2.3.4=critical,ASN1:NULL\n")
        try files.issue("issued-by-a-leaf", usage: "clientAuth", by: "stranger")
        try files.issueByIntermediate("below")
        func isRefused(_ status: RPCStatus, _ words: String) -> Bool { status.code == .invalidArgument && status.message.contains(words) }
        let impostor = Data(try X509Certificate(pem: foreign.text("impostor.pem")).der)
        #expect(isRefused(try await enrol(try running.der("for-keys"), with: running), "(unsuitable certificate purpose)"))
        #expect(isRefused(try await enrol(try running.der("unknown"), with: running), "(unhandled critical extension)"))
        #expect(isRefused(try await enrol(impostor, with: running), "would not let its holder in"))
        #expect(isRefused(try await enrol(try running.der("issued-by-a-leaf"), with: running), "(unable to get local issuer certificate)"))
        #expect(isRefused(
            try await enrol(try running.der("issued-by-a-leaf"), through: [try running.der("stranger")], with: running), "(invalid CA certificate)"))
        #expect(isRefused(try await enrol(try running.der("below"), with: running), "(unable to get local issuer certificate)"))
        #expect(isRefused(try await enrol(try running.der("below"), through: [Data([1])], with: running), "intermediates"))
        // What its holder would show is longer than the listener takes, or deeper.
        try files.issue("long", usage: "clientAuth", more: "1.2.3.4=ASN1:UTF8String:\(String(repeating: "x", count: 12_000))\n")
        let shown = [try running.der("intermediate")] + [Data](repeating: try running.der("long"), count: 3)
        #expect(isRefused(try await enrol(try running.der("below"), through: shown, with: running), "longer than 32768 bytes"))
        let (below, middle) = (try X509Certificate(pem: files.text("below.pem")), try X509Certificate(pem: files.text("intermediate.pem")))
        let authority = try X509Certificate(pem: files.text("ca.pem"))
        let now = below.notBefore + 1
        #expect(try below.faultAsClient(of: [authority], through: [middle], depth: 1, at: now) == nil)
        #expect(try below.faultAsClient(of: [authority], through: [middle], depth: 0, at: now) == "certificate chain too long")
        let certificate: Concordat_V1_Certificate = try await running.call(
            "dwp-admin", "RegistryService/EnrolCertificate",
            Concordat_V1_EnrolCertificateRequest.with {
                $0.id = "york-service"
                $0.certificate = try! running.der("below")
                $0.intermediates = [try! running.der("intermediate")]
            })
        #expect(certificate.state == .active)
        await running.stop()
    }

    @Test func anAuthorityCountsForEnrolmentFromTheReloadOn() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        let foreign = try TestCertificates(names: ["newcomer"])
        let newcomer = Data(try X509Certificate(pem: foreign.text("newcomer.pem")).der)
        #expect(try await enrol(newcomer, with: running).code == .invalidArgument)
        try (try running.certificates.text("ca.pem") + (try foreign.text("ca.pem"))).write(
            toFile: running.certificates.file("ca.pem"), atomically: true, encoding: .utf8)
        #expect(running.broker.reload())
        let certificate: Concordat_V1_Certificate = try await running.call(
            "dwp-admin", "RegistryService/EnrolCertificate",
            Concordat_V1_EnrolCertificateRequest.with { $0.id = "york-service"; $0.certificate = newcomer })
        #expect(certificate.state == .active)
        await running.stop()
    }

    /// Two calls are answered in another order than their acts were committed in.
    @Test func anEnrolmentThatIsAnsweredAfterTheRetirementAddsNothing() {
        let enrolled = EnrolledCertificates()
        let (first, second) = (Thumbprint(ofCertificate: [1]), Thumbprint(ofCertificate: [2]))
        enrolled.add(first)
        enrolled.remove([first, second])
        enrolled.add(second)
        #expect(!enrolled.contains(first) && !enrolled.contains(second))
    }
}
