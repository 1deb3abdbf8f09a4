import HTTP1
import Storage
import Yams

/// Reads and writes `concordat.yaml`. An unknown key, a missing key or a value that is not allowed is a fault that names file, key and reason.
package enum ConfigurationFile {
    static let maxBytes = 1_048_576

    package static func read(path: String) throws(BrokerFault) -> BrokerConfiguration {
        let found: [UInt8]?
        do throws(StorageFault) { found = try OpenFile.read(path)?.contents(limit: maxBytes) } catch { throw .home(path: path, reason: error.description) }
        guard let bytes = found else { throw .home(path: path, reason: "is missing; give the folder of a broker, or run `concordat init` to make one") }
        return try parse(TextFile.text(bytes, file: path), file: path)
    }

    package static func parse(_ text: String, file: String) throws(BrokerFault) -> BrokerConfiguration {
        let root = try ConfigurationSection(
            text: text, file: file, keys: ["origin", "issuer", "operator", "listen", "tls", "tokens", "log", "limits"])
        let listen = try root.section("listen", keys: ["api", "public", "operations"])
        let tls = try root.section("tls", keys: ["certificate", "key", "client-authorities"])
        var configuration = BrokerConfiguration(
            origin: try root.text("origin", where: isOrigin, rule: "a host name and a path such as broker.example/ledger"),
            issuer: try root.text("issuer", where: isIssuer, rule: "an https URL without a path, such as https://broker.example"),
            operator: try root.text("operator", where: { !$0.isEmpty && $0.utf8.count <= 32 }, rule: "the operator's short name"),
            api: try listener(listen, "api"),
            public: try listener(listen, "public"),
            tls: BrokerConfiguration.TLSFiles(
                certificate: try tls.text("certificate", where: isPath, rule: "the path of a PEM file"),
                key: try tls.text("key", where: isPath, rule: "the path of a PEM file"),
                clientAuthorities: try tls.text("client-authorities", where: isPath, rule: "the path of a PEM file")))
        configuration.operations = try operations(listen)
        if let tokens = try root.optionalSection("tokens", keys: ["lifetime-seconds"]) {
            configuration.tokenLifetime = try tokens.integer("lifetime-seconds", in: 1...600) ?? configuration.tokenLifetime
        }
        if let log = try root.optionalSection("log", keys: ["level"]) {
            if let level = try log.optionalText("level") {
                guard let known = BrokerConfiguration.LogLevel(rawValue: level) else {
                    throw log.fault("level", "is not one of \(BrokerConfiguration.LogLevel.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                configuration.logLevel = known
            }
        }
        if let limits = try root.optionalSection("limits", keys: ["rows-per-answer"]) {
            configuration.limits.rowsPerAnswer = try limits.integer("rows-per-answer", in: 1...1_000) ?? configuration.limits.rowsPerAnswer
        }
        try requireApart(configuration, listen)
        return configuration
    }

    /// Two listeners on one address: the second would find its own broker there.
    private static func requireApart(_ configuration: BrokerConfiguration, _ listen: ConfigurationSection) throws(BrokerFault) {
        let all = [("api", configuration.api), ("public", configuration.public)] + (configuration.operations.map { [("operations", $0)] } ?? [])
        for (index, (key, listener)) in all.enumerated() where listener.port != 0 {
            guard let (other, _) = all[..<index].first(where: { isSame($0.1, listener) }) else { continue }
            throw listen.fault(key, "is the same address as listen.\(other); give another port")
        }
    }

    private static func isSame(_ one: BrokerConfiguration.Listener, _ other: BrokerConfiguration.Listener) -> Bool {
        // These two stand for every address of the machine.
        one.port == other.port && (one.host == other.host || ["0.0.0.0", "::"].contains { $0 == one.host || $0 == other.host })
    }

    /// The text that ``parse(_:file:)`` reads back as the same configuration.
    package static func text(_ configuration: BrokerConfiguration) -> String {
        """
        # Configuration of a Concordat broker. An unknown key or a bad value stops the start.
        # Origin and operator stand in the ledger for ever: another one stops the start.
        origin: \(configuration.origin)
        operator: \(configuration.operator)
        # Tokens name it: after a change the services of partners need new tokens.
        issuer: \(configuration.issuer)
        listen:
          # Mutual TLS: RPCs, and everything that the public listener has.
          api: "\(configuration.api.host):\(configuration.api.port)"
          # TLS without client certificates: checkpoint, hash tiles, token keys.
          public: "\(configuration.public.host):\(configuration.public.port)"
          # Plain HTTP for this machine alone: /healthz, /readyz, /metrics. A loopback address; without the key there is none.
          \(configuration.operations.map { "operations: \"\($0.host):\($0.port)\"" } ?? "# operations: \"127.0.0.1:9464\"")
        tls:
          certificate: \(quoted(configuration.tls.certificate))
          key: \(quoted(configuration.tls.key))
          client-authorities: \(quoted(configuration.tls.clientAuthorities))
        tokens:
          lifetime-seconds: \(configuration.tokenLifetime)
        log:
          level: \(configuration.logLevel.rawValue)

        """
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }

    private static func listener(_ section: ConfigurationSection, _ key: String) throws(BrokerFault) -> BrokerConfiguration.Listener {
        try address(section.text(key, where: { !$0.isEmpty }, rule: "an address such as 127.0.0.1:8443"), of: key, in: section)
    }

    /// Nobody but this machine may reach what is not encrypted.
    private static func operations(_ section: ConfigurationSection) throws(BrokerFault) -> BrokerConfiguration.Listener? {
        guard let text = try section.optionalText("operations") else { return nil }
        let listener = try address(text, of: "operations", in: section)
        guard PlainListener.isLoopback(listener.host) else {
            throw section.fault("operations", "is not a loopback address such as 127.0.0.1:9464; health and metrics are for this machine alone")
        }
        return listener
    }

    private static func address(
        _ text: String, of key: String, in section: ConfigurationSection
    ) throws(BrokerFault) -> BrokerConfiguration.Listener {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), colon > text.startIndex else {
            throw section.fault(key, "is not an address and a port such as 127.0.0.1:8443")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return BrokerConfiguration.Listener(host: host, port: Int(port))
    }

    /// Signed-note key names hold no space and no plus sign; the origin is one.
    package static func isOrigin(_ text: String) -> Bool {
        (3...200).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\"") }
    }

    package static func isIssuer(_ text: String) -> Bool {
        guard text.hasPrefix("https://"), text.utf8.count <= 200 else { return false }
        let host = text.dropFirst("https://".count)
        return !host.isEmpty
            && host.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
            }
    }

    private static func isPath(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 4_096 && !text.utf8.contains(0)
    }
}
