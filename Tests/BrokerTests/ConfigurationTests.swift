import Testing

@testable import Broker

/// A wrong key or value stops the start and is named with file, key and reason.
struct ConfigurationTests {
    private let good = """
        origin: broker.example/ledger
        issuer: https://broker.example
        operator: dwp
        listen: {api: "127.0.0.1:8443", public: "[::1]:8444"}
        tls: {certificate: keys/server.pem, key: keys/server-key.pem, client-authorities: keys/clients.pem}

        """

    private func fault(_ text: String) -> BrokerFault? {
        do throws(BrokerFault) {
            _ = try ConfigurationFile.parse(text, file: "concordat.yaml")
            return nil
        } catch {
            return error
        }
    }

    @Test func whatInitWritesIsReadBackTheSame() throws {
        var configuration = try ConfigurationFile.parse(good, file: "concordat.yaml")
        configuration.tokenLifetime = 120
        configuration.logLevel = .warning
        configuration.tls.key = "/srv/it's here/key.pem"
        #expect(configuration.public == BrokerConfiguration.Listener(host: "::1", port: 8_444))
        configuration.public.host = "localhost"
        #expect(try ConfigurationFile.parse(ConfigurationFile.text(configuration), file: "concordat.yaml") == configuration)
    }

    @Test func anUnknownKeyStopsTheStart() {
        #expect(
            fault(good + "tokens: {lifetime-second: 3}\n")
                == .configuration(
                    file: "concordat.yaml", key: "tokens.lifetime-second",
                    reason: "is not a key of this file; remove it or correct its spelling"))
        #expect(fault(good + "colour: red\n")?.description.contains("colour") == true)
    }

    @Test func anOperationsListenerIsReadBackAndMustBeOnLoopback() throws {
        let with = good.replacing("public: \"[::1]:8444\"", with: "public: \"[::1]:8444\", operations: \"127.0.0.1:9464\"")
        let configuration = try ConfigurationFile.parse(with, file: "concordat.yaml")
        #expect(configuration.operations == BrokerConfiguration.Listener(host: "127.0.0.1", port: 9_464))
        #expect(try ConfigurationFile.parse(ConfigurationFile.text(configuration), file: "concordat.yaml") == configuration)
        #expect(
            fault(with.replacing("127.0.0.1:9464", with: "0.0.0.0:9464"))
                == .configuration(
                    file: "concordat.yaml", key: "listen.operations",
                    reason: "is not a loopback address such as 127.0.0.1:9464; health and metrics are for this machine alone"))
    }

    @Test func aMisspeltKeyIsNamedBeforeTheOneThatIsMissingForIt() {
        #expect(
            fault(good.replacing("api: ", with: "apii: "))
                == .configuration(
                    file: "concordat.yaml", key: "listen.apii", reason: "is not a key of this file; remove it or correct its spelling"))
        #expect(fault(good.replacing("operator: ", with: "operater: "))?.description.contains("operater: is not a key") == true)
    }

    @Test(arguments: ["127.0.0.1:8443", "0.0.0.0:8443", "[::]:8443"])
    func twoListenersOnOneAddressStopTheStart(_ address: String) {
        #expect(
            fault(good.replacing("[::1]:8444", with: address))
                == .configuration(file: "concordat.yaml", key: "listen.public", reason: "is the same address as listen.api; give another port"))
    }

    @Test func theOperationsListenerHasAnAddressOfItsOwn() {
        #expect(
            fault(good.replacing("public: \"[::1]:8444\"", with: "public: \"[::1]:8444\", operations: \"[::1]:8444\""))
                == .configuration(
                    file: "concordat.yaml", key: "listen.operations", reason: "is the same address as listen.public; give another port"))
    }

    @Test func aConfigurationThatIsNotThereIsToldFromOneThatCannotBeRead() throws {
        #expect(
            throws: BrokerFault.home(
                path: "/nowhere/concordat.yaml", reason: "is missing; give the folder of a broker, or run `concordat init` to make one")
        ) { try ConfigurationFile.read(path: "/nowhere/concordat.yaml") }
        #expect(
            throws: BrokerFault.home(
                path: "/dev/null/concordat.yaml",
                reason: "storage: opening /dev/null/concordat.yaml: a file stands where the path has a folder; move it, or give another path")
        ) { try ConfigurationFile.read(path: "/dev/null/concordat.yaml") }
    }

    @Test func aMissingKeyStopsTheStart() {
        #expect(fault(good.replacing("operator: dwp\n", with: ""))?.description.contains("operator: is missing") == true)
    }

    @Test(arguments: ["0", "601", "ten", "-1", "1.5", "''"])
    func aLifetimeOutOfRangeStopsTheStart(_ value: String) {
        #expect(
            fault(good + "tokens: {lifetime-seconds: \(value)}\n")
                == .configuration(
                    file: "concordat.yaml", key: "tokens.lifetime-seconds", reason: "must be a whole number from 1 to 600"))
    }

    @Test(arguments: ["http://broker.example", "https://broker.example/path", "https://", "broker.example"])
    func anIssuerThatIsNoOriginIsRefused(_ issuer: String) {
        #expect(fault(good.replacing("https://broker.example", with: issuer))?.description.contains("issuer") == true)
    }

    @Test func theSameKeyTwiceStopsTheStart() {
        #expect(fault(good + "operator: voa\n") != nil)
    }

    @Test func textThatIsNotAMappingStopsTheStart() {
        #expect(fault("- a\n- b\n") != nil)
        #expect(fault("") != nil)
        #expect(fault("\u{1}{") != nil)
    }

    @Test func rowsPerAnswerBoundsTheDefaultToo() {
        var limits = BrokerLimits()
        #expect(limits.defaultRows(within: 1_000) == 100)
        #expect(limits.defaultRows(within: 10) == 10)
        limits.rowsPerAnswer = 7
        #expect(limits.defaultRows(within: 10) == 7)
    }

    /// It may be a key that was put in the wrong file.
    @Test func aConfigurationThatIsNoYAMLIsToldByItsPlaceAndNotByItsContent() {
        #expect(
            throws: BrokerFault.document(file: "c.yaml", line: 2, column: 18, reason: "is not YAML: mapping values are not allowed in this context")
        ) { try ConfigurationFile.parse("a: 1\nPlanted-Canary: b: c\n", file: "c.yaml") }
    }
}
