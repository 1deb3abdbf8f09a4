import ArgumentParser
import Foundation
import Storage

/// Where the broker is and who the caller is: options, or the environment.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Address of the broker, for example https://localhost:8443 (or CONCORDAT_URL).")
    var url: String?

    @Option(help: "PEM file of the authority that signed the broker's certificate (or CONCORDAT_CA).")
    var ca: String?

    @Option(help: "PEM file of your certificate (or CONCORDAT_CERT).")
    var cert: String?

    @Option(help: "PEM file of your private key (or CONCORDAT_KEY).")
    var key: String?

    @Flag(help: "Print answers as JSON.")
    var json = false

    var printer: Printer { Printer(json: json) }

    func address() throws -> (host: String, port: Int) {
        let text = try value(url, variable: "CONCORDAT_URL", option: "--url", example: "https://localhost:8443")
        guard let parts = URLComponents(string: text), parts.scheme == "https", let host = parts.host, !host.isEmpty,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.user == nil
        else { throw CommandFault.usage("the address must look like https://localhost:8443; correct --url or CONCORDAT_URL") }
        return (host.trimmingCharacters(in: ["[", "]"]), parts.port ?? 443)
    }

    func authorityPath() throws -> String {
        try readable(value(ca, variable: "CONCORDAT_CA", option: "--ca", example: "ca.pem"))
    }

    func certificatePath() throws -> String {
        try readable(value(cert, variable: "CONCORDAT_CERT", option: "--cert", example: "me.pem"))
    }

    func keyPath() throws -> String {
        let path = try readable(value(key, variable: "CONCORDAT_KEY", option: "--key", example: "me.key"))
        do throws(StorageFault) {
            try OpenFile.readGiven(path)?.requirePrivate()
        } catch {
            guard case .file(let what) = error else { throw CommandFault.usage("\(error)") }
            throw CommandFault.usage(what)
        }
        return path
    }

    private func value(_ given: String?, variable: String, option: String, example: String) throws -> String {
        if let given { return given }
        if let found = ProcessInfo.processInfo.environment[variable], !found.isEmpty { return found }
        throw CommandFault.usage("\(variable) is not set: set it, or give \(option), for example \(option) \(example)")
    }

    private func readable(_ path: String) throws -> String {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw CommandFault.usage("\(path) cannot be read: check the path and your rights to the file")
        }
        return path
    }
}
