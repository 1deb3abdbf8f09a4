import ArgumentParser
import Broker
import Cryptography
import Foundation
import Storage
import Vocabulary

/// Makes the folder that a broker lives in, with its first administrator.
struct InitialiseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a broker's home: database, keys, configuration, and the first administrator.",
        discussion: "The origin names the ledger for ever and is chosen here. Every later change goes through the running broker.")
    @OptionGroup var home: HomeOptions
    @Option(help: "Name of the ledger, for example broker.dwp.example/ledger.") var origin: String
    @Option(help: "Issuer of tokens, for example https://broker.dwp.example; https:// and the origin's host if absent.") var issuer: String?
    @Option(help: "Short name of the organisation that runs the broker.") var `operator`: String
    @Option(help: "Its full name.") var operatorName: String
    @Option(help: "Short name of the first administrator.") var administrator = "administrator"
    @Option(help: "PEM file of the first administrator's certificate, with its intermediates if it has any.") var administratorCertificate: String
    @Option(help: "PEM file of the broker's certificate with its intermediates.") var certificate: String
    @Option(help: "PEM file of its private key, mode 0600.") var key: String
    @Option(help: "PEM file of the authorities that issue clients' certificates.") var clientAuthorities: String
    @Option(help: "Address for partners, HOST:PORT.") var api = "127.0.0.1:8443"
    @Option(help: "Address for everyone (checkpoint, hash tiles, token keys), HOST:PORT.") var `public` = "127.0.0.1:8444"
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() async throws {
        let path = absolute(try home.path())
        guard let administratorID = ClientID(administrator) else {
            throw CommandFault.usage("--administrator must be a short name of a-z, 0-9 and hyphens, such as administrator")
        }
        let host = origin.split(separator: "/").first.map(String.init) ?? origin
        let configuration = BrokerConfiguration(
            origin: origin, issuer: issuer ?? "https://" + host, operator: `operator`, api: try listener(api, option: "--api"),
            public: try listener(`public`, option: "--public"),
            tls: BrokerConfiguration.TLSFiles(
                certificate: absolute(certificate), key: absolute(key), clientAuthorities: absolute(clientAuthorities)))
        do {
            let shown = try certificateChain(at: administratorCertificate)
            let verifierKey = try await BrokerService.initialise(
                BrokerInitialisation(
                    home: BrokerHome(path), configuration: configuration, operatorName: operatorName, administratorID: administratorID,
                    administratorName: "Administrator", administratorCertificate: shown[0], administratorIntermediates: Array(shown.dropFirst())))
            Printer(json: json).show(object: [("home", .text(path)), ("origin", .text(origin)), ("vkey", .text(verifierKey))]) {
                "made the broker's home \(path)\nledger key \(verifierKey)"
            }
        } catch let fault as BrokerFault {
            throw CommandFault.usage(InitialiseCommand.words(fault))
        }
    }

    /// There is no configuration file yet: what is wrong is named by the option that it was given with.
    private static func words(_ fault: BrokerFault) -> String {
        if case .unfinished = fault { return "\(fault)" }
        guard case .configuration(_, let key, let reason) = fault else { return "\(fault); no home was made" }
        let option =
            switch key {
            case "origin", "issuer", "operator", "administrator-certificate": "--" + key
            case "listen.api": "--api"
            case "listen.public": "--public"
            case "tls.certificate", "tls.key", "tls.client-authorities": "--" + key.dropFirst("tls.".count)
            case "tls": "--certificate, --key or --client-authorities"
            default: key
            }
        return "\(option): \(reason); no home was made"
    }

    private func absolute(_ path: String) -> String {
        // An empty one stays empty and is refused; it does not name the folder that one stands in.
        path.isEmpty || path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private func listener(_ text: String, option: String) throws -> BrokerConfiguration.Listener {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port),
            colon != text.startIndex
        else { throw CommandFault.usage("\(option) must be HOST:PORT, for example 127.0.0.1:8443") }
        return BrokerConfiguration.Listener(host: text[..<colon].trimmingCharacters(in: ["[", "]"]), port: port)
    }
}
