import Cryptography
import Foundation
import Testing
import Vocabulary

@testable import AuditTrail

/// The vectors of `Tests/Vectors/replay`, which `Tests/Conformance/replay` writes and checks without any code of ours.
struct ReplayVector: Decodable, Sendable, CustomTestStringConvertible {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Vectors/replay")

    var name = ""
    let origin: String?
    let prefix: Int?
    let entries: [String]
    let rule: String?
    let severity: String?

    private enum CodingKeys: CodingKey { case origin, prefix, entries, rule, severity }

    var testDescription: String { name }

    var bytes: [[UInt8]] { entries.map { Hex.decode($0)! } }

    static func load(_ name: String) throws -> ReplayVector {
        var vector = try JSONDecoder().decode(ReplayVector.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
        vector.name = name
        return vector
    }

    static let base = try! load("base.json")
    static let refusing: [ReplayVector] = try! FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".json") && $0 != "base.json" }.sorted().map(load)
}

@Suite struct ReplayVectorTests {
    @Test func aLedgerInWhichEverythingWasAllowedHasNoFinding() {
        var replay = AuditReplay(origin: ReplayVector.base.origin!)
        for entry in ReplayVector.base.bytes { replay.consume(entry) }
        #expect(replay.findings == [])
        #expect(replay.size == UInt64(ReplayVector.base.entries.count))
    }

    @Test func everyVectorEntryIsCanonical() throws {
        for bytes in ReplayVector.base.bytes { #expect(try LedgerEntry(canonical: bytes).canonicalBytes == bytes) }
    }

    /// The finding is at the last entry, names the rule, and nothing before it is found.
    @Test(arguments: ReplayVector.refusing) func theBrokenRuleIsNamedAtItsEntry(_ vector: ReplayVector) {
        var replay = AuditReplay(origin: ReplayVector.base.origin!)
        for entry in ReplayVector.base.bytes.prefix(vector.prefix!) + vector.bytes { replay.consume(entry) }
        let last = UInt64(vector.prefix! + vector.entries.count - 1)
        #expect(
            replay.findings.map { "\($0.index) \($0.rule.rawValue) \($0.severity.rawValue)" }
                == ["\(last) \(vector.rule!) \(vector.severity!)"],
            "\(replay.findings.map(\.description))")
    }

    /// Rules of other places: F19, F22 and F25 need openings, keys or fixtures that are not in a ledger.
    @Test func everyRuleHasARefusingVector() {
        let covered = Set(ReplayVector.refusing.compactMap(\.rule))
        #expect(covered == Set(AuditRule.allCases.map(\.rawValue)))
    }

    @Test func anotherLogsOriginIsNotThisLog() {
        var replay = AuditReplay(origin: "ledger.example/other")
        for entry in ReplayVector.base.bytes { replay.consume(entry) }
        #expect(replay.findings.first?.rule == .key)
        #expect(replay.findings.first?.index == LedgerIndex(0))
    }

    /// G1: hostile entries never trap and never pass for the true ones.
    @Test func mutatedLedgersNeverTrap() {
        var random = SplitMix(seed: 7)
        for _ in 0..<300 {
            var replay = AuditReplay(origin: ReplayVector.base.origin!)
            let victim = Int(random.next() % UInt64(ReplayVector.base.entries.count))
            for (index, original) in ReplayVector.base.bytes.enumerated() {
                var entry = original
                if index == victim { entry[Int(random.next() % UInt64(entry.count))] ^= UInt8(1 << (random.next() % 8)) }
                replay.consume(entry)
            }
            #expect(replay.size == UInt64(ReplayVector.base.entries.count))
        }
    }

    /// ledger-entries.md: a token's expiry counts at the arrival, and an act may wait 120 s for its place. However many tokens there are
    /// meanwhile, one under which a call arrived in time is remembered until then.
    @Test func aTokenIsRememberedWhileACallUnderItMayStillWait() throws {
        var replay = AuditReplay(origin: ReplayVector.base.origin!)
        let base = try ReplayVector.base.bytes.map { try LedgerEntry(canonical: $0) }
        let place = try #require(base.firstIndex { $0.kind == .token })
        guard case .token(let first) = base[place].body, case .issued(let grant) = first.act, base[place + 1].kind == .exchange else {
            Issue.record("the base ledger begins its exchanges with a token")
            return
        }
        for bytes in ReplayVector.base.bytes.prefix(place + 1) { replay.consume(bytes) }
        func issue(_ number: Int, at moment: Timestamp, expiry: Timestamp) {
            var other = grant
            other.expiry = expiry
            let token = TokenEntry(act: .issued(other), tokenDigest: Digest.sha256(Array("\(number)".utf8)), client: first.client)
            replay.consume(LedgerEntry(arrived: moment, sequenced: moment, body: .token(token)).canonicalBytes)
        }
        for number in 0..<4_100 { issue(number, at: base[place].sequenced, expiry: grant.expiry) }
        let later = grant.expiry.advanced(seconds: 119)
        issue(5_000, at: later, expiry: later.advanced(seconds: 300))
        let call = LedgerEntry(arrived: grant.expiry.advanced(seconds: -1), sequenced: later, body: base[place + 1].body)
        replay.consume(call.canonicalBytes)
        #expect(replay.findings.map(\.description) == [])
    }

    @Test func findingsAreBounded() {
        var replay = AuditReplay(origin: "x")
        for _ in 0..<(ReplayLimits.maxFindings + 5) { replay.consume([0xff]) }
        #expect(replay.findings.count == ReplayLimits.maxFindings)
        #expect(replay.findingCount == ReplayLimits.maxFindings + 5)
    }
}

/// A small generator with a seed (splitmix64).
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
