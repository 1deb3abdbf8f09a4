import ArgumentParser
import Broker
import Cryptography

/// Makes the folder that a broker lives in, with its first administrator.
struct InitialiseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a broker's home: database, keys, configuration, and the first administrator.",
        discussion: "The origin names the ledger for ever and is chosen here. Every later change goes through the running broker.")
    @OptionGroup var home: HomeOptions
    @Option(help: "Name of the ledger, for example broker.dwp.example/ledger.") var origin: String
    @Option(help: "Issuer of tokens; https:// and the first part of the origin if absent.") var issuer: String?
    @Option(help: "Short name of the organisation that runs the broker.") var `operator`: String
    @Option(help: "Its full name.") var operatorName: String
    @Option(help: "PEM file of the first administrator's certificate.") var administratorCertificate: String
    @Option(help: "PEM file of the broker's certificate with its intermediates.") var certificate: String
    @Option(help: "PEM file of its private key, mode 0600.") var key: String
    @Option(help: "PEM file of the authorities that issue clients' certificates.") var clientAuthorities: String
    @Option(help: "Address for partners, HOST:PORT.") var api = "127.0.0.1:8443"
    @Option(help: "Address for everyone (ledger, token keys), HOST:PORT.") var `public` = "127.0.0.1:8444"
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() async throws {
        let request = HomeRequest(
            path: try home.path(), origin: origin, issuer: issuer, operatorID: `operator`, operatorName: operatorName,
            administratorCertificate: try certificateDER(at: administratorCertificate), certificate: certificate, key: key,
            clientAuthorities: clientAuthorities, api: api, public: `public`)
        do {
            let made = try await Broker.initialise(request)
            Printer(json: json).show(object: [("home", .text(made.path)), ("origin", .text(origin)), ("vkey", .text(made.verifierKey))]) {
                "made \(made.path); ledger key \(made.verifierKey)"
            }
        } catch let fault as BrokerFault {
            throw CommandFault.usage("\(fault)")
        }
    }
}
