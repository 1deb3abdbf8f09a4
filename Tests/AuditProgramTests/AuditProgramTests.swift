import AuditTrail
import Cryptography
import Foundation
import Testing
import TransparencyLog

@testable import concordat_audit

@Suite struct AuditProgramTests {
    let folder: LogFolder
    let entries: [[UInt8]]

    init() throws {
        folder = try LogFolder()
        entries = try LogFolder.vector("base.json")
        try folder.write(entries)
    }

    private func run(_ arguments: String...) -> Verdict {
        Program.run(arguments)
    }

    @Test func aGoodLogIsVerified() throws {
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .verified)
        let audit = try folder.verify()
        #expect(audit.report.entries == UInt64(entries.count))
        #expect(audit.replay.findingCount == 0)
    }

    @Test func theVerifierKeyMayStandInAFile() {
        folder.write(Array((folder.vkey + "\n").utf8), to: "vkey")
        #expect(run("verify", folder.path, "--vkey", folder.path + "/vkey") == .verified)
    }

    @Test func oneFlippedBitNamesItsEntry() throws {
        let bundle = "tile/entries/000.p/\(entries.count)"
        var bytes = try folder.bytes(bundle)
        // The 50th entry's first byte: each entry before it has two bytes of length.
        let offset = entries[..<50].reduce(0) { $0 + $1.count + 2 } + 2
        bytes[offset] ^= 1
        folder.write(bytes, to: bundle)
        let failure = folder.failure()
        #expect(failure?.status == .violated)
        #expect(failure?.message.contains("entry 50 ") == true)
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .violated)
        #expect(run("explain", "50", folder.path, "--vkey", folder.vkey) == .violated)
        #expect(run("proof", "50", folder.path, "--vkey", folder.vkey) == .violated)
    }

    @Test func aBrokenRuleIsAViolationAndNamesItsEntry() throws {
        let broken = try LogFolder()
        let entries = try LogFolder.vector("F11-unlisted-field-released.json")
        try broken.write(entries)
        #expect(run("verify", broken.path, "--vkey", broken.vkey) == .violated)
        let report = AuditReport(try broken.verify())
        #expect(report.findings.map(\.index) == [UInt64(entries.count - 1)])
        #expect(report.findings.map(\.rule) == ["F11"])
        #expect(report.text.contains("notes left as the source holds them"))
        #expect(run("explain", "\(entries.count - 1)", broken.path, "--vkey", broken.vkey) == .violated)
        #expect(run("explain", "0", broken.path, "--vkey", broken.vkey) == .verified)
    }

    @Test func aWarningIsNoViolation() throws {
        let silent = try LogFolder()
        try silent.write(try LogFolder.vector("F24-silence-of-more-than-a-minute.json"))
        #expect(run("verify", silent.path, "--vkey", silent.vkey) == .verified)
        #expect(AuditReport(try silent.verify()).text.contains("WARNING"))
    }

    @Test func whatIsMissingIsUnavailableAndNotTampered() throws {
        #expect(run("verify", folder.path + "/nothing", "--vkey", folder.vkey) == .unavailable)
        try folder.remove("tile/entries/000.p/\(entries.count)")
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .unavailable)
        try folder.remove("checkpoint")
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .unavailable)
    }

    @Test func wrongCommandLinesAreUsage() {
        #expect(run("verify", folder.path) == .usage)
        #expect(run("verify", folder.path, "--vkey", "nonsense") == .usage)
        #expect(run("verify", folder.path, "--vkey", folder.vkey, "--colour") == .usage)
        #expect(run("verify", "http://broker.example/ledger", "--vkey", folder.vkey) == .usage)
        #expect(run("verify", "https://broker.example/ledger", "--vkey", folder.vkey) == .usage)
        #expect(run("verify", folder.path, "--vkey", folder.vkey, "--quorum", "1") == .usage)
        #expect(run("explain", "\(entries.count)", folder.path, "--vkey", folder.vkey) == .usage)
        #expect(run("proof", "-1", folder.path, "--vkey", folder.vkey) == .usage)
        #expect(run("audit") == .usage)
        #expect(run("--help") == .verified)
    }

    /// A key of another name is a slip of the command line. One of the same name may be, or another log was put in this one's place: that is no
    /// matter of usage, and neither is it verified.
    @Test(arguments: [(LogFolder.origin, Verdict.violated), ("other.example/log", .usage)])
    func aKeyThatIsNotTheLogsSaysSo(_ name: String, _ verdict: Verdict) throws {
        let other = NoteSigner(name: KeyName(name)!, privateKey: try Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32)))
        #expect(run("verify", folder.path, "--vkey", other.verifierKey.vkey) == verdict)
        var message = ""
        do throws(AuditFailure) {
            _ = try LogAudit.run(FolderLog(folder.path), trust: LogTrust(logKey: other.verifierKey))
        } catch {
            message = error.message
        }
        #expect(message.contains("is not signed with --vkey, the key of \(name), but by \(LogFolder.origin)."))
    }

    /// What was signed is whole: only the name on the command line is not the log's.
    @Test func theLogsKeyUnderAnotherNameIsTold() throws {
        let renamed = VerifierKey(name: KeyName("other.example/log")!, algorithm: .ed25519, publicKey: folder.signer.verifierKey.publicKey)
        #expect(run("verify", folder.path, "--vkey", renamed.vkey) == .usage)
        var message = ""
        do throws(AuditFailure) {
            _ = try LogAudit.run(FolderLog(folder.path), trust: LogTrust(logKey: renamed))
        } catch {
            message = error.message
        }
        #expect(message.hasPrefix("NOT VERIFIED: the checkpoint is signed with the key of --vkey, but the log's name is \(LogFolder.origin), "))
        // An altered signature is evidence, whatever name the key was given under.
        var note = try folder.bytes("checkpoint")
        note[note.count - 10] ^= 1
        folder.write(note, to: "checkpoint")
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .violated)
    }

    @Test func aShorterOrRewrittenLogIsFoundByAnOldCheckpoint() throws {
        let remembered = folder.path + "/remembered"
        #expect(run("verify", folder.path, "--vkey", folder.vkey, "--remember", remembered) == .verified)
        #expect(try folder.bytes("remembered") == folder.bytes("checkpoint"))
        // Another file by mistake says nothing of the log, and is not written over.
        let another = folder.path + "/terms.yaml"
        try "title: x\n".write(toFile: another, atomically: true, encoding: .utf8)
        #expect(run("verify", folder.path, "--vkey", folder.vkey, "--remember", another) == .usage)
        #expect(try String(contentsOfFile: another, encoding: .utf8) == "title: x\n")
        let shorter = try LogFolder()
        try shorter.write(Array(entries.dropLast()))
        #expect(run("verify", shorter.path, "--vkey", folder.vkey) == .verified)
        #expect(run("verify", shorter.path, "--vkey", folder.vkey, "--remember", remembered) == .violated)
        let old = try LogTrust(logKey: folder.signer.verifierKey).verify(try folder.bytes("remembered")).checkpoint
        // It may be an older copy: nobody is to be accused for that.
        let words = shorter.failure(remembered: [old])?.message
        #expect(words?.contains("has \(entries.count - 1) entries, and --remember has a checkpoint of \(entries.count). Either this is an older copy, or") == true)
        #expect(words?.contains("TAMPERED") == false)
        // The same beginning with another end: signed with the right key, so it passes alone.
        let rewritten = try LogFolder()
        try rewritten.write(try LogFolder.vector("F24-silence-of-more-than-a-minute.json"))
        #expect(run("verify", rewritten.path, "--vkey", folder.vkey) == .verified)
        #expect(run("verify", rewritten.path, "--vkey", folder.vkey, "--remember", remembered) == .violated)
    }

    @Test func anExchangeIsFollowedBackToItsSignatures() throws {
        let index = entries.indices.first { (try? LedgerEntry(canonical: entries[$0]))?.kind == .exchange }!
        let audit = try LogAudit.run(FolderLog(folder.path), trust: LogTrust(logKey: folder.signer.verifierKey), explaining: UInt64(index))
        let text = ExplanationReport(try #require(audit.explanation)).text
        for part in [
            "2 of 2 rows read from uc.awards", "ISA-2026-0042, version 1", "from 2026-11-01 to 2027-10-31, both days included, in UTC", "nino: allow", "amount_pence: round base=100 mode=half_up",
            "only rows where local_authority is E08000035", "decide by officer 1006 of dwp as information asset owner",
            "sign by officer 2008 of leeds-cc as signatory", "signature good", "leeds-cc-ctr (service 70001 of leeds-cc)",
            "Every rule that concerns this entry was kept.",
        ] { #expect(text.contains(part), "missing: \(part)") }
        #expect(run("explain", "\(index)", folder.path, "--vkey", folder.vkey, "--json") == .verified)
    }

    @Test func everyEntryOfALogCanBeExplained() throws {
        for index in entries.indices {
            let audit = try LogAudit.run(FolderLog(folder.path), trust: LogTrust(logKey: folder.signer.verifierKey), explaining: UInt64(index))
            #expect(audit.explanation?.sections.isEmpty == false)
        }
    }

    @Test func proofsVerifyWithTheEntryAlone() throws {
        let trust = LogTrust(logKey: folder.signer.verifierKey)
        for index in [0, 1, entries.count - 1] {
            let (proof, bytes) = try ProofCommand.prove(UInt64(index), in: FolderLog(folder.path), trust: trust)
            #expect(bytes == entries[index])
            let read = try TLogProof(proof.bytes)
            #expect(try read.verify(entry: bytes, trust: trust).checkpoint.size == UInt64(entries.count))
        }
        #expect(run("proof", "7", folder.path, "--vkey", folder.vkey, "-o", folder.path + "/p", "--entry", folder.path + "/e") == .verified)
        #expect(try folder.bytes("e") == entries[7])
        #expect(String(decoding: try folder.bytes("p"), as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\nindex 7\n"))
    }

    @Test func aPipeOrADeviceIsNotRead() throws {
        try folder.remove("checkpoint")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/checkpoint", withDestinationPath: "/dev/zero")
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .unavailable)
    }

    @Test func anOversizedFileIsRefusedUnread() throws {
        folder.write([UInt8](repeating: 0x41, count: Limits.maxNoteBytes + 1), to: "checkpoint")
        #expect(run("verify", folder.path, "--vkey", folder.vkey) == .violated)
    }

    /// Every byte of every file matters: any change is refused, or leaves a log that says the same.
    @Test func randomDamageIsNeverVerified() throws {
        var seed: UInt64 = 11
        for name in ["checkpoint", "tile/0/000.p/\(entries.count)", "tile/entries/000.p/\(entries.count)"] {
            let good = try folder.bytes(name)
            for _ in 0..<40 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var bad = good
                bad[Int(seed >> 33) % good.count] ^= UInt8(1 << (seed >> 20 & 7))
                folder.write(bad, to: name)
                #expect(folder.failure()?.status == .violated)
            }
            folder.write(good, to: name)
        }
    }
}
