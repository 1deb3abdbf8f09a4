import Agreements
import BrokerProtocol
import Cryptography
import Foundation
import Vocabulary

/// Checked conversions of single request fields. Every refusal names the field, the fault and the remedy, and repeats no value.
enum RequestFields {
    static func organisation(_ text: String, _ field: String) throws(CallFault) -> OrganisationID {
        guard let id = OrganisationID(text) else {
            throw .invalid(field: field, problem: "is not an organisation's short name; write 2 to 32 of a-z, 0-9 and inner hyphens, such as leeds-cc")
        }
        return id
    }

    static func client(_ text: String, _ field: String) throws(CallFault) -> ClientID {
        guard let id = ClientID(text) else {
            throw .invalid(field: field, problem: "is not a registry name; write 2 to 64 of a-z, 0-9 and inner hyphens, such as leeds-cc-ctr")
        }
        return id
    }

    static func dataset(_ text: String, _ field: String = "dataset") throws(CallFault) -> DatasetID {
        guard let id = DatasetID(text) else {
            throw .invalid(field: field, problem: "is not a dataset's name; write 1 to 64 of letters, digits, '-', '_' and '.', such as uc.awards")
        }
        return id
    }

    static func agreement(_ text: String, _ field: String = "agreement") throws(CallFault) -> AgreementID {
        guard let id = AgreementID(text) else {
            throw .invalid(field: field, problem: "is not an agreement's name; write it like ISA-2026-0042")
        }
        return id
    }

    static func purpose(_ text: String, _ field: String = "purpose") throws(CallFault) -> PurposeCode {
        guard let code = PurposeCode(text) else {
            throw .invalid(field: field, problem: "is not a purpose code; write the code of the terms, such as council-tax-reduction")
        }
        return code
    }

    static func role(_ role: Concordat_V1_Role, _ field: String) throws(CallFault) -> OfficerRole {
        guard let known = OfficerRole(wire: role) else { throw .invalid(field: field, problem: "is not set; give one of the roles") }
        return known
    }

    /// Text for people: trimmed, without control characters other than line breaks.
    static func text(_ text: String, _ field: String, bytes range: ClosedRange<Int>) throws(CallFault) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard range.contains(trimmed.utf8.count) else {
            throw .invalid(
                field: field,
                problem: trimmed.isEmpty ? "is empty; write something" : "must be \(range.lowerBound) to \(range.upperBound) bytes long")
        }
        guard trimmed.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f || $0 == "\n" }) else {
            throw .invalid(field: field, problem: "holds a control character; remove it")
        }
        return trimmed
    }

    static func certificate(_ der: Data, _ field: String) throws(CallFault) -> X509Certificate {
        guard (1...16_384).contains(der.count) else {
            throw .invalid(field: field, problem: "must be the DER of one certificate, at most 16,384 bytes")
        }
        let certificate: X509Certificate
        do throws(CryptographyFault) {
            certificate = try X509Certificate(der: [UInt8](der))
        } catch {
            throw .invalid(field: field, problem: "is not the DER of an X.509 certificate; convert it with: openssl x509 -outform DER")
        }
        guard certificate.isAuthority || certificate.isForClients else {
            throw .invalid(
                field: field, problem: "is not for clients, so that nobody could connect with it; have one issued whose extended key usage is clientAuth")
        }
        do throws(CryptographyFault) {
            // What people sign and what services present is checked years later with this key.
            _ = try certificate.es256PublicKey()
        } catch {
            throw .invalid(field: field, problem: "has no P-256 key; make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")
        }
        return certificate
    }

    /// What its holder sends with a certificate: as many as TLS takes.
    static func intermediates(_ ders: [Data], _ field: String) throws(CallFault) -> [X509Certificate] {
        guard ders.count <= 4, ders.allSatisfy({ $0.count <= 16_384 }) else {
            throw .invalid(field: field, problem: "are more than 4, or one is longer than 16,384 bytes; give those between the certificate and the client authority")
        }
        var found: [X509Certificate] = []
        do throws(CryptographyFault) {
            for der in ders { found.append(try X509Certificate(der: [UInt8](der))) }
        } catch {
            throw .invalid(field: field, problem: "are not each the DER of one X.509 certificate; convert them with: openssl x509 -outform DER")
        }
        return found
    }

    static func thumbprint(_ bytes: Data, _ field: String) throws(CallFault) -> Thumbprint {
        guard let digest = Digest([UInt8](bytes)) else { throw .invalid(field: field, problem: "must be 32 bytes, the SHA-256 of the certificate's DER") }
        return Thumbprint(digest)
    }
}
