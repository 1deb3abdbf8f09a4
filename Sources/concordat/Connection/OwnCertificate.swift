import Broker
import Cryptography
import Vocabulary

/// The caller's certificate, looked at before a connection is made: a broker that refuses it can say no more than an alert.
enum OwnCertificate {
    /// Throws where no broker would take the first certificate of the PEM file at this moment.
    static func require(_ path: String, at now: Timestamp) throws {
        let certificate = try leaf(path)
        guard let first = Timestamp(seconds: certificate.notBefore), let last = Timestamp(seconds: certificate.notAfter) else {
            throw CommandFault.usage("\(path): this certificate has dates that nobody can read; have another one issued")
        }
        guard first <= now else {
            throw CommandFault.usage("\(path): this certificate is not valid before \(first); wait until then, or set this machine's clock, which says \(now)")
        }
        guard now <= last else {
            throw CommandFault.usage(
                "\(path): this certificate ended at \(last); have a new one issued and enrolled (your administrator: concordat registry enrol), or set this machine's clock, which says \(now)")
        }
        guard certificate.isForClients else {
            throw CommandFault.usage("\(path): this certificate is not for clients: its extended key usage has no clientAuth; give your own, and not a server's or an authority's")
        }
    }

    private static func leaf(_ path: String) throws -> X509Certificate {
        let text = String(decoding: try contents(of: path, limit: 1 << 20), as: UTF8.self)
        do throws(CryptographyFault) {
            if let leaf = try PEM.decodeAll(text, label: "CERTIFICATE").first { return try X509Certificate(der: leaf) }
        } catch {
            throw CommandFault.usage("\(path): \(error)")
        }
        throw CommandFault.usage("\(path) holds no certificate; give a PEM file with BEGIN CERTIFICATE blocks, your own first")
    }
}
