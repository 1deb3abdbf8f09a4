import AuditTrail
import Cryptography
import TransparencyLog

/// One run over a whole log: the signed checkpoint, every tile and entry against it, and every act against the rules.
struct LogAudit {
    let checkpoint: VerifiedCheckpoint
    let report: LogReport
    let replay: AuditReplay
    /// The entry that was asked for, in words.
    let explanation: EntryExplanation?

    private static let maxNoteBytes = Limits.maxNoteBytes

    /// Verifies everything. Throws `violated` where bytes are not what was signed, `unavailable` where they cannot be had. Broken rules are in
    /// `replay.findings`.
    static func run(
        _ source: any LogReading, trust: LogTrust, remembered: [Checkpoint] = [], explaining wanted: UInt64? = nil
    ) throws(AuditFailure) -> LogAudit {
        let checkpoint = try checkpoint(source, trust)
        if let wanted, wanted >= checkpoint.checkpoint.size {
            throw AuditFailure(.usage, "the log has \(checkpoint.checkpoint.size) entries, numbered from 0: there is no entry \(wanted).")
        }
        var replay = AuditReplay(origin: trust.origin.description)
        var explanation: EntryExplanation?
        let verifier = LogVerifier(checkpoint) { path in try source.read(path, limit: Limits.maxBundleBytes) }
        let report: LogReport
        do throws(LogFault) {
            report = try verifier.verify(remembered: remembered) { index, bytes in
                let entry = replay.consume(bytes)
                if index == wanted, let entry { explanation = EntryExplanation(entry, in: replay) }
                return true
            }
        } catch { throw failure(error) }
        return LogAudit(checkpoint: checkpoint, report: report, replay: replay, explanation: explanation)
    }

    /// The newest checkpoint of the log, verified.
    static func checkpoint(_ source: any LogReading, _ trust: LogTrust) throws(AuditFailure) -> VerifiedCheckpoint {
        guard let note = try source.read("checkpoint", limit: maxNoteBytes) else {
            throw AuditFailure(.unavailable, "there is no checkpoint: this is not a log, or not all of it.")
        }
        return try verified(note, trust, "the checkpoint")
    }

    /// A checkpoint note from anywhere, verified.
    static func verified(_ note: [UInt8], _ trust: LogTrust, _ what: String) throws(AuditFailure) -> VerifiedCheckpoint {
        do throws(TransparencyFault) {
            return try trust.verify(note)
        } catch .unsigned, .wrongOrigin {
            throw try foreign(note, trust, what)
        } catch {
            throw AuditFailure(.violated, "TAMPERED: \(what) is not one that the log signed: \(error)")
        }
    }

    /// A checkpoint that the given key did not sign: a wrong key is no evidence of tampering, and an altered signature of the right one is.
    private static func foreign(_ note: [UInt8], _ trust: LogTrust, _ what: String) throws(AuditFailure) -> AuditFailure {
        do throws(TransparencyFault) {
            if let name = try otherName(note, trust) {
                return AuditFailure(
                    .usage,
                    "NOT VERIFIED: \(what) is signed with the key of --vkey, but the log's name is \(name), and --vkey calls it \(trust.origin). "
                        + "Give the key as the log's operator writes it: `concordat ledger vkey` prints it.")
            }
            guard let strangers = try trust.strangers(of: note) else {
                return AuditFailure(.violated, "TAMPERED: \(what) is not one that the log signed: its text or its signature line was altered")
            }
            // Whoever puts another log in this one's place gives it the same name: that must not look like a slip of the command line.
            let bearsItsName = strangers.contains(trust.origin.description)
            return AuditFailure(
                bearsItsName ? .violated : .usage,
                "NOT VERIFIED: \(what) is not signed with --vkey, the key of \(trust.origin), but by \(strangers.joined(separator: ", ")). "
                    + "Either the key is not this log's, or another log was put in its place: get the right key from somebody whom you trust, and compare.")
        } catch {
            return AuditFailure(.violated, "TAMPERED: \(what) is not one that the log signed: \(error)")
        }
    }

    /// The name of the log in a sound checkpoint that a key of `trust` signed under another name than the given one; nil for every other note.
    private static func otherName(_ note: [UInt8], _ trust: LogTrust) throws(TransparencyFault) -> KeyName? {
        let name = try Checkpoint(text: try SignedNote(note).text).origin
        guard name != trust.origin else { return nil }
        let renamed = LogTrust(
            origin: name,
            keys: trust.keys.map { TrustedKey(VerifierKey(name: name, algorithm: .ed25519, publicKey: $0.key.publicKey), sizes: $0.sizes) })
        do throws(TransparencyFault) {
            _ = try renamed.verify(note)
            return name
        } catch {
            return nil
        }
    }

    static func failure(_ fault: LogFault) -> AuditFailure {
        // An older copy looks like a log that was cut: only a newer one tells them apart.
        if case .rollback(let remembered, let size) = fault {
            return AuditFailure(
                .violated, "NOT VERIFIED: this log has \(size) entries, and --remember has a checkpoint of \(remembered). Either this is an older copy, "
                    + "or entries were taken away. Get a newer copy and verify that; where nobody has one, the log was cut.")
        }
        return switch fault.kind {
        case .tampered: AuditFailure(.violated, "TAMPERED: \(fault)")
        case .unavailable, .stopped: AuditFailure(.unavailable, "NOT VERIFIED: \(fault)")
        }
    }
}

extension AuditFailure: CustomStringConvertible {
    /// What a fault of reading says inside the whole-log verifier's own message.
    var description: String { message }
}
