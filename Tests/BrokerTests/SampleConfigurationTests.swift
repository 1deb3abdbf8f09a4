import Foundation
import Testing

@testable import Broker

/// The sample that operators start from is read by the reader that `serve` has, and shows every key that it knows.
struct SampleConfigurationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: SampleConfigurationTests.root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test func theSampleIsReadAsItSays() throws {
        let sample = try ConfigurationFile.parse(text("Deploy/concordat.yaml"), file: "concordat.yaml")
        #expect(sample.origin == "broker.dwp.example/ledger")
        #expect(sample.issuer == "https://broker.dwp.example")
        #expect(sample.operations == BrokerConfiguration.Listener(host: "127.0.0.1", port: 9_464))
        #expect(sample.tokenLifetime == 300)
        #expect(sample.limits.rowsPerAnswer == 1_000)
    }

    @Test func theSampleShowsEveryKeyThatTheReaderKnowsWithACommentAbove() throws {
        let reader = try text("Sources/Broker/Configuration/ConfigurationFile.swift")
        let keys = Set(
            reader.matches(of: /(?:text|optionalText|integer|section|optionalSection|listener)\((?:[a-z]+, )?"([a-z-]+)"/).map { String($0.1) })
        #expect(keys.isSuperset(of: ["origin", "listen", "api", "operations", "lifetime-seconds", "rows-per-answer", "level"]))
        // No key is let through that nothing reads.
        let allowed = reader.matches(of: /keys: \[([^\]]*)\]/).flatMap { $0.1.matches(of: /"([a-z-]+)"/).map { String($0.1) } }
        #expect(Set(allowed) == keys)
        let lines = try text("Deploy/concordat.yaml").split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
        for key in keys {
            let place = try #require(lines.firstIndex { $0.hasPrefix(key + ":") }, "\(key)")
            // A section's keys have comments of their own.
            #expect(lines[place] == key + ":" || lines[place - 1].hasPrefix("# "), "\(key)")
        }
    }
}
