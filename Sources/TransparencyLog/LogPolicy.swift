import Cryptography

/// A verifier's policy in the C2SP tlog-policy format: which logs, which witnesses, which of them make a quorum.
package struct LogPolicy: Hashable, Sendable {
    package let logs: [VerifierKey]
    /// Witnesses by their name in the policy, which may differ from the name in their key.
    package let witnesses: [Member]
    package let quorum: Quorum

    package struct Member: Hashable, Sendable {
        package let name: [UInt8]
        package let key: VerifierKey
    }

    /// What must have been cosigned, with groups resolved down to witnesses.
    package indirect enum Quorum: Hashable, Sendable {
        case none
        case witness(VerifierKey)
        /// At least `threshold` of the members.
        case group(threshold: Int, members: [Quorum])

        /// Whether the witnesses that cosigned are enough.
        package func isReached(by cosigners: Set<VerifierKey>) -> Bool {
            switch self {
            case .none: true
            case .witness(let key): cosigners.contains(key)
            case .group(let threshold, let members): members.count { $0.isReached(by: cosigners) } >= threshold
            }
        }
    }

    /// Lines as the specification has them; at most 64 KiB and 512 lines. Logs need plain Ed25519 keys, witnesses Ed25519 cosigner keys.
    package init(_ bytes: [UInt8]) throws(TransparencyFault) {
        guard bytes.count <= Limits.maxPolicyBytes else { throw PolicyParser.malformed(0, "it is over 64 KiB") }
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else { throw PolicyParser.malformed(0, "its last line does not end") }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        guard lines.count <= Limits.maxPolicyLines else { throw PolicyParser.malformed(0, "it has over 512 lines") }
        var parser = PolicyParser()
        for line in lines { try parser.read(line) }
        logs = parser.logs
        witnesses = parser.witnesses
        quorum = try parser.finish()
    }

    /// Parses and verifies a checkpoint note under this policy. The log is the one whose key name is the checkpoint's origin.
    package func verify(_ note: [UInt8]) throws(TransparencyFault) -> VerifiedCheckpoint {
        let origin = try Checkpoint(text: try SignedNote(note).text).origin
        let keys = logs.filter { $0.name == origin }
        guard !keys.isEmpty else { throw .wrongOrigin(expected: logs.map(\.name.description).joined(separator: ", ")) }
        let trust = LogTrust(origin: origin, keys: keys.map { TrustedKey($0) }, witnesses: witnesses.map(\.key))
        let verified = try trust.verify(note)
        let cosigners = Set(witnesses.map(\.key).filter { key in verified.cosignatures.contains { $0.key == key } })
        guard quorum.isReached(by: cosigners) else { throw .quorumMissing(wanted: quorum.fewest, found: cosigners.count) }
        return verified
    }
}

extension LogPolicy.Quorum {
    /// The fewest witnesses that can reach it, for messages.
    fileprivate var fewest: Int {
        switch self {
        case .none: 0
        case .witness: 1
        case .group(let threshold, let members): members.map(\.fewest).sorted().prefix(threshold).reduce(0, +)
        }
    }
}

/// Reads a policy line by line.
private struct PolicyParser {
    var logs: [VerifierKey] = []
    var witnesses: [LogPolicy.Member] = []
    private var defined: [[UInt8]: LogPolicy.Quorum] = [:]
    private var used: Set<[UInt8]> = []
    private var quorum: LogPolicy.Quorum?
    private var lineNumber = 0

    mutating func read(_ line: ArraySlice<UInt8>) throws(TransparencyFault) {
        lineNumber += 1
        guard line.allSatisfy({ $0 == 0x09 || (0x20...0x7e).contains($0) || $0 >= 0x80 }) else { throw fault("it holds a control character") }
        let items = line.split { $0 == 0x20 || $0 == 0x09 }.map { Array($0) }
        guard let keyword = items.first, keyword.first != UInt8(ascii: "#") else { return }
        switch String(decoding: keyword, as: UTF8.self) {
        case "log" where (2...3).contains(items.count): logs.append(try key(items[1], .ed25519))
        case "witness" where (3...4).contains(items.count): try addWitness(items)
        case "group" where items.count >= 4: try addGroup(items)
        case "quorum" where items.count == 2: try setQuorum(items[1])
        default: throw fault("it is not 'log VKEY [URL]', 'witness NAME VKEY [URL]', 'group NAME all|any|K NAME…' or 'quorum NAME'")
        }
    }

    func finish() throws(TransparencyFault) -> LogPolicy.Quorum {
        guard let quorum else { throw PolicyParser.malformed(lineNumber, "a policy has one quorum line; write 'quorum none' to ask for no witness") }
        return quorum
    }

    private mutating func addWitness(_ items: [[UInt8]]) throws(TransparencyFault) {
        let witness = LogPolicy.Member(name: items[1], key: try key(items[2], .cosignature))
        try define(items[1], .witness(witness.key))
        witnesses.append(witness)
    }

    private mutating func addGroup(_ items: [[UInt8]]) throws(TransparencyFault) {
        let names = items[3...]
        var members: [LogPolicy.Quorum] = []
        for name in names {
            guard let member = defined[name] else { throw fault("it names a member that no line above defines") }
            guard used.insert(name).inserted else { throw fault("it names a member that is in a group already") }
            members.append(member)
        }
        let threshold: Int
        switch String(decoding: items[2], as: UTF8.self) {
        case "all": threshold = members.count
        case "any": threshold = 1
        default:
            guard let number = StrictDecimal.parse(items[2]), number >= 1, number <= UInt64(members.count) else {
                throw fault("its threshold is not all, any or a number from 1 to the number of members")
            }
            threshold = Int(number)
        }
        try define(items[1], .group(threshold: threshold, members: members))
    }

    private mutating func setQuorum(_ name: [UInt8]) throws(TransparencyFault) {
        guard quorum == nil else { throw fault("it is a second quorum line") }
        if name == Array("none".utf8) {
            quorum = LogPolicy.Quorum.none
        } else {
            guard let member = defined[name] else { throw fault("it names a witness or group that no line above defines") }
            quorum = member
        }
    }

    private mutating func define(_ name: [UInt8], _ member: LogPolicy.Quorum) throws(TransparencyFault) {
        guard name != Array("none".utf8), defined[name] == nil else { throw fault("its name is taken") }
        defined[name] = member
    }

    /// A key of the wanted kind that no other line has, even under another name.
    private func key(_ text: [UInt8], _ algorithm: NoteAlgorithm) throws(TransparencyFault) -> VerifierKey {
        let key = try VerifierKey(vkey: String(decoding: text, as: UTF8.self))
        guard key.algorithm == algorithm else { throw fault("its key is of the wrong kind: a log has kind 1, a witness kind 4") }
        let others = logs.map(\.publicKey) + witnesses.map(\.key.publicKey)
        guard !others.contains(key.publicKey) else { throw fault("its public key is on another line already") }
        return key
    }

    private func fault(_ reason: String) -> TransparencyFault { PolicyParser.malformed(lineNumber, reason) }

    static func malformed(_ line: Int, _ reason: String) -> TransparencyFault {
        .malformed(what: line == 0 ? "log policy" : "log policy, line \(line)", reason: reason)
    }
}
