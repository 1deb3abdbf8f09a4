import Cryptography
import Foundation
import Testing
import TransparencyLog

@testable import concordat_audit

/// A receipt as `concordat` keeps it: two files and no log.
@Suite struct ReceiptTests {
    private static let index: UInt64 = 7

    let folder: LogFolder
    let entry: [UInt8]
    let proof: [UInt8]

    init() throws {
        folder = try LogFolder()
        try folder.write(try LogFolder.vector("base.json"))
        let (proof, entry) = try ProofCommand.prove(Self.index, in: FolderLog(folder.path), trust: LogTrust(logKey: folder.signer.verifierKey))
        (self.entry, self.proof) = (entry, proof.bytes)
        folder.write(entry, to: "7.entry")
        folder.write(proof.bytes, to: "7.tlog-proof")
    }

    private func run(_ entry: String = "7.entry", _ proof: String = "7.tlog-proof", _ more: String..., vkey: String? = nil) -> Verdict {
        Program.run(["receipt", folder.path + "/" + entry, folder.path + "/" + proof, "--vkey", vkey ?? folder.vkey] + more)
    }

    private func message(_ entry: String = "7.entry", _ proof: String = "7.tlog-proof", trust: LogTrust? = nil) -> String {
        do throws(AuditFailure) {
            _ = try ReceiptCommand.check(
                entry: folder.path + "/" + entry, proof: folder.path + "/" + proof, trust: trust ?? LogTrust(logKey: folder.signer.verifierKey))
            return ""
        } catch {
            return error.message
        }
    }

    @Test func aReceiptIsVerifiedWithTheKeyAlone() throws {
        for part in ["checkpoint", "tile"] { try folder.remove(part) }
        #expect(run() == .verified)
        #expect(run("7.entry", "7.tlog-proof", "--json") == .verified)
        let report = try ReceiptCommand.check(
            entry: folder.path + "/7.entry", proof: folder.path + "/7.tlog-proof", trust: LogTrust(logKey: folder.signer.verifierKey))
        #expect(report.index == 7)
        #expect(report.origin == LogFolder.origin)
        #expect(report.leaf == TreeHash.leaf(entry).hex)
        #expect(report.text.hasPrefix("entry 7 of \(LogFolder.origin): "))
    }

    @Test func anAlteredEntryIsTold() {
        for position in entry.indices {
            var bad = entry
            bad[position] ^= 1
            folder.write(bad, to: "7.entry")
            #expect(run() == .violated)
        }
        folder.write(entry + [0], to: "7.entry")
        #expect(message().hasPrefix("TAMPERED: \(folder.path)/7.entry is not entry 7 of \(LogFolder.origin)"))
        folder.write(Array(entry.dropLast()), to: "7.entry")
        #expect(run() == .violated)
    }

    /// Every byte of the proof, its checkpoint and its signature is needed as it is. The line of a stranger's signature would not be.
    @Test func anAlteredProofOrNoteIsTold() {
        for position in proof.indices {
            for bit in [UInt8(1), 32] {
                var bad = proof
                bad[position] ^= bit
                folder.write(bad, to: "7.tlog-proof")
                let verdict = run()
                #expect(verdict == .violated || verdict == .usage, "byte \(position)")
            }
        }
        folder.write(Array(proof.dropLast(40)), to: "7.tlog-proof")
        #expect(run() == .violated)
    }

    @Test func anotherIndexIsTold() throws {
        let text = String(decoding: proof, as: UTF8.self)
        for other in ["6", "8", "100000"] {
            folder.write(Array(text.replacingOccurrences(of: "index 7\n", with: "index \(other)\n").utf8), to: "7.tlog-proof")
            #expect(run() == .violated)
        }
        // Sound, but not what the names say.
        folder.write(proof, to: "9.tlog-proof")
        folder.write(entry, to: "9.entry")
        #expect(message("9.entry", "9.tlog-proof").contains("the files bear the number 9, and what they hold is entry 7"))
        #expect(run("9.entry", "9.tlog-proof") == .violated)
        // A slip of the command line.
        #expect(message("9.entry", "7.tlog-proof").contains("are of two receipts"))
        #expect(run("9.entry", "7.tlog-proof") == .usage)
        folder.write(entry, to: "mine.entry")
        folder.write(proof, to: "7.tlog-proof")
        #expect(run("mine.entry") == .verified)
        #expect(run("7.tlog-proof", "7.entry") == .usage)
    }

    @Test(arguments: [(LogFolder.origin, Verdict.violated), ("other.example/log", .usage)])
    func anotherKeyIsTold(_ name: String, _ verdict: Verdict) throws {
        let other = NoteSigner(name: KeyName(name)!, privateKey: try Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32))).verifierKey
        #expect(run(vkey: other.vkey) == verdict)
        #expect(message(trust: LogTrust(logKey: other)).contains("is not signed with --vkey, the key of \(name), but by \(LogFolder.origin)."))
    }

    @Test func whatIsNotThereIsUnavailable() {
        #expect(run("8.entry", "8.tlog-proof") == .unavailable)
        #expect(message("8.entry", "8.tlog-proof").hasSuffix("8.entry does not exist."))
    }

    @Test func aKeyThatIsInNoFileIsNamed() {
        func words(_ text: String) -> String {
            do throws(AuditFailure) {
                var options = TrustOptions()
                options.vkey = text
                options.witness = []
                options.quorum = 0
                _ = try options.trust()
                return ""
            } catch { return error.message }
        }
        #expect(words("nofile.vkey").hasPrefix("--vkey: there is no file nofile.vkey, and it is no verifier key."))
        #expect(words("name+0+x").hasPrefix("--vkey: it is no verifier key: "))
        folder.write(Array("nothing\n".utf8), to: "key")
        #expect(words(folder.path + "/key").hasPrefix("--vkey: the first line of \(folder.path)/key is no verifier key: "))
    }
}
