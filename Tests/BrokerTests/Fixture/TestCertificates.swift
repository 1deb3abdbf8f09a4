import Foundation

/// Keys and certificates made by the `openssl` program in a folder of their own: an authority, the broker's, and one for each name.
final class TestCertificates: Sendable {
    enum Fault: Error { case openssl(String) }

    let path: String

    init(names: [String]) throws {
        path = NSTemporaryDirectory() + "broker-pki-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try run(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file("ca.key"), "-out", file("ca.pem"),
            "-subj", "/CN=test authority", "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        try issue("server", usage: "serverAuth", names: "DNS:localhost,IP:127.0.0.1")
        for name in names { try issue(name, usage: "clientAuth") }
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path)") }
    }

    func file(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    func issue(
        _ name: String, usage: String, names: String? = nil, days: Int = 10, keyUsage: String = "digitalSignature", more: String = "", by issuer: String = "ca"
    ) throws {
        try run(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file("\(name).key")])
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file("\(name).key"))
        var extensions = "[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,\(keyUsage)\nextendedKeyUsage=\(usage)\n\(more)"
        if let names { extensions += "subjectAltName=\(names)\n" }
        try extensions.write(toFile: file("\(name).cnf"), atomically: true, encoding: .utf8)
        try run(["req", "-new", "-key", file("\(name).key"), "-subj", "/CN=\(name)", "-out", file("\(name).csr")])
        try run([
            "x509", "-req", "-in", file("\(name).csr"), "-CA", file("\(issuer).pem"), "-CAkey", file("\(issuer).key"), "-CAcreateserial", "-days", String(days),
            "-sha256", "-extfile", file("\(name).cnf"), "-extensions", "e", "-out", file("\(name).pem"),
        ])
    }

    /// A client's certificate of an authority below the one that is trusted, `intermediate.pem`.
    func issueByIntermediate(_ name: String) throws {
        for (name, extensions) in [
            ("intermediate", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n"),
            (name, "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"),
        ] {
            let issuer = name == "intermediate" ? "ca" : "intermediate"
            try run(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file("\(name).key")])
            try "[e]\n\(extensions)".write(toFile: file("\(name).cnf"), atomically: true, encoding: .utf8)
            try run(["req", "-new", "-key", file("\(name).key"), "-subj", "/CN=\(name)", "-out", file("\(name).csr")])
            try run([
                "x509", "-req", "-in", file("\(name).csr"), "-CA", file("\(issuer).pem"), "-CAkey", file("\(issuer).key"), "-CAcreateserial", "-days", "10",
                "-sha256", "-extfile", file("\(name).cnf"), "-extensions", "e", "-out", file("\(name).pem"),
            ])
        }
    }

    func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Fault.openssl(String(decoding: complaint, as: UTF8.self)) }
    }
}
