import Cryptography
import Foundation
import Testing

/// Certificates made with `openssl ca`; expected values as `openssl x509` prints them, times as Python's calendar.timegm counts them.
@Suite struct X509Tests {
    static func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "Vectors/certificates/\(name).pem"), encoding: .utf8)
    }

    @Test func aServiceCertificateIsRead() throws {
        let certificate = try X509Certificate(pem: try X509Tests.text("service"))
        #expect(certificate.thumbprint.digest.hex == "9321280325" + "61d8eec16e18b889a8f3acda43821e8156" + "8207a4195062" + "4c170614")
        #expect(certificate.notBefore == 1_767_225_600)
        #expect(certificate.notAfter == 2_572_086_896)
        #expect(!certificate.isAuthority)
        #expect(certificate.isForClients)
        #expect(certificate.subjectForDisplay == #"CN=Café service,O=Leeds City Council\, IT,C=GB"#)
        #expect(Base64.encode(certificate.subjectPublicKeyDER)
            == "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEr3uEExr9sFMVREKCj8CIBlCfPurXmQqHA8QyDgppZlXyULUVv2atqFaBVwEtVZAhQFRh7uNTG8aRdwMVPAfz8A==")
        #expect(try certificate.es256PublicKey().spkiDER == certificate.subjectPublicKeyDER)
        #expect(certificate.isInValidity(at: 1_767_225_600))
        #expect(!certificate.isInValidity(at: 1_767_225_599))
        #expect(certificate.isInValidity(at: 2_572_086_896))
        #expect(!certificate.isInValidity(at: 2_572_086_897))
    }

    @Test func whatACertificateIsForIsRead() throws {
        let service = try X509Certificate(pem: try X509Tests.text("service"))
        #expect(service.isForClients)
        #expect(!service.isForServers)
        #expect(!service.namesHost)
        // Without an extended key usage it is for neither, though OpenSSL takes it for both.
        let authority = try X509Certificate(pem: try X509Tests.text("authority"))
        #expect(!authority.isForClients)
        #expect(!authority.isForServers)
    }

    @Test func aClientsCertificateIsAcceptedByItsIssuerAloneAndInItsTime() throws {
        let service = try X509Certificate(pem: try X509Tests.text("service"))
        let authority = try X509Certificate(pem: try X509Tests.text("authority"))
        #expect(try service.faultAsClient(of: [authority], depth: 4, at: 1_800_000_000) == nil)
        #expect(try service.faultAsClient(of: [authority], depth: 4, at: 1_767_225_599) == "certificate is not yet valid")
        #expect(try service.faultAsClient(of: [], depth: 4, at: 1_800_000_000) == "unable to get local issuer certificate")
        #expect(try authority.faultAsClient(of: [authority], depth: 4, at: 1_800_000_000) == "its extended key usage does not say clientAuth")
    }

    @Test func anAuthorityIsRecognised() throws {
        let certificate = try X509Certificate(pem: try X509Tests.text("authority"))
        #expect(certificate.isAuthority)
        // It has no extended key usage at all.
        #expect(!certificate.isForClients)
        #expect(certificate.notBefore == 1_709_251_199)
        #expect(certificate.notAfter == 2_524_607_999)
    }

    @Test func anRSACertificateHasNoES256Key() throws {
        let certificate = try X509Certificate(pem: try X509Tests.text("rsa"))
        #expect(throws: CryptographyFault.self) { try certificate.es256PublicKey() }
    }

    @Test func aChainKeepsItsOrder() throws {
        let text = "some words\n" + (try X509Tests.text("service")) + "\r\n" + (try X509Tests.text("authority"))
        let chain = try X509Certificate.chain(pem: text)
        #expect(chain.map(\.isAuthority) == [false, true])
        #expect(throws: CryptographyFault.self) { try X509Certificate(pem: text) }
    }

    @Test func bytesThatAreNotOneCertificateAreRefused() throws {
        let der = try X509Certificate(pem: try X509Tests.text("service")).der
        #expect(throws: CryptographyFault.self) { try X509Certificate(der: der + [0]) }
        #expect(throws: CryptographyFault.self) { try X509Certificate(der: []) }
        for count in stride(from: 1, to: der.count, by: 7) {
            #expect(throws: CryptographyFault.self) { try X509Certificate(der: Array(der[..<count])) }
        }
        #expect(throws: CryptographyFault.self) { try X509Certificate(der: [UInt8](repeating: 0x30, count: 70_000)) }
    }

    @Test(arguments: [
        "", "-----BEGIN CERTIFICATE-----\nMA==\n", "-----BEGIN CERTIFICATE-----\nMB==\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nM*==\n-----END CERTIFICATE-----\n",
    ]) func brokenPEMIsRefused(text: String) {
        #expect(throws: CryptographyFault.self) { try PEM.decode(text, label: "CERTIFICATE") }
    }

    @Test func pemRoundTrip() throws {
        for count in [1, 47, 48, 49, 96, 300] {
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(try PEM.decode(PEM.encode(body, label: "X"), label: "X") == body)
        }
    }
}
