import Foundation

/// Keys and certificates made by the `openssl` program in a folder of their own, removed at the end.
package final class CertificateFolder: Sendable {
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    package enum Fault: Error { case openssl(String) }

    package let path: String

    /// With an authority `ca`, a server `server` for localhost, and a client `client`.
    package init() throws {
        path = NSTemporaryDirectory() + "transport-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try authority("ca")
        try issue("server", by: "ca", usage: "serverAuth", names: "DNS:localhost,IP:127.0.0.1")
        try issue("client", by: "ca", usage: "clientAuth")
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path)") }
    }

    package func pair(_ name: String) -> Pair { Pair(certificate: file("\(name).pem"), key: file("\(name).key")) }

    package func file(_ name: String) -> String { path + "/" + name }

    package func authority(_ name: String) throws {
        try key(name, "P-256")
        try run([
            "req", "-x509", "-new", "-key", file("\(name).key"), "-subj", "/CN=\(name)", "-days", "30", "-out", file("\(name).pem"), "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        ])
    }

    /// `usage` nil leaves the extended key usage out; `days` negative makes a certificate that has expired.
    package func issue(
        _ name: String, by authority: String, usage: String?, names: String? = nil, days: Int = 10, key kind: String = "P-256", digest: String = "-sha256"
    ) throws {
        try key(name, kind)
        var extensions = "[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        if let usage { extensions += "extendedKeyUsage=\(usage)\n" }
        if let names { extensions += "subjectAltName=\(names)\n" }
        try extensions.write(toFile: file("\(name).cnf"), atomically: true, encoding: .utf8)
        try run(["req", "-new", "-key", file("\(name).key"), "-subj", "/CN=\(name)", "-out", file("\(name).csr")])
        try run([
            "x509", "-req", "-in", file("\(name).csr"), "-CA", file("\(authority).pem"), "-CAkey", file("\(authority).key"), "-set_serial",
            String(UInt32.random(in: 1...UInt32.max)), "-days", String(days), digest, "-extfile", file("\(name).cnf"), "-extensions", "e", "-out", file("\(name).pem"),
        ])
    }

    private func key(_ name: String, _ kind: String) throws {
        if let bits = Int(kind) {
            try run(["genrsa", "-out", file("\(name).key"), String(bits)])
        } else {
            try run(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("\(name).key")])
        }
    }

    /// The program's standard output; throws with its standard error unless it exits with 0.
    @discardableResult
    package func run(_ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let output = Pipe()
        let errors = Pipe()
        let typed = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = typed
        try process.run()
        typed.fileHandleForWriting.write(Data(input.utf8))
        try typed.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Fault.openssl(String(decoding: complaint, as: UTF8.self)) }
        return String(decoding: text, as: UTF8.self)
    }
}
