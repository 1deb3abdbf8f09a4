import Agreements
import Cryptography
import Vocabulary

/// All agreements as the ledger alone says they are, at one place in the log.
package struct ReplayedAgreements: Sendable {
    package struct Key: Hashable, Sendable {
        package let agreement: AgreementID
        package let version: AgreementVersion
    }

    /// One step of an agreement's history.
    package struct Step: Sendable {
        package let index: LedgerIndex
        package let entry: AgreementEntry
        package let at: Timestamp
    }

    package internal(set) var states: [Key: AgreementState] = [:]
    package internal(set) var history: [Key: [Step]] = [:]
    /// The highest counter of each agreement, whatever the version: tokens carry it without one.
    private var epochs: [AgreementID: UInt64] = [:]
    /// The agreement of each AGREEMENT entry, and the state after it.
    private(set) var byEntry: [LedgerIndex: (key: Key, phase: Phase)] = [:]

    mutating func record(_ entry: AgreementEntry, at index: LedgerIndex, _ moment: Timestamp, phase: Phase) {
        let key = Key(agreement: entry.agreement, version: entry.version)
        history[key, default: []].append(Step(index: index, entry: entry, at: moment))
        byEntry[index] = (key, phase)
    }

    /// Makes the transition of an entry again at its sequenced time, with the lifecycle that the broker used, and compares the results.
    mutating func apply(
        _ entry: AgreementEntry, at index: LedgerIndex, _ moment: Timestamp, registry: ReplayedRegistry, origin: String
    ) throws(Breach) {
        let key = Key(agreement: entry.agreement, version: entry.version)
        guard let kind = CommandKind(rawValue: entry.transition) else {
            throw Breach(.unknownKind, "there is no step \(entry.transition)")
        }
        guard let reason = ReasonCode(entry.reason) else { throw Breach(.approval, "the reason is not a code") }
        let old = states[key]
        let terms = try newTerms(entry)
        let actor = try actor(entry, registry)
        let proof = try proof(entry, terms: terms ?? old?.terms, moment, registry, origin: origin)
        let command: LifecycleCommand
        do throws(TermsFault) {
            command = try LifecycleCommand(kind: kind, parameters: entry.command, terms: terms, annex: entry.annexDigest, proof: proof)
        } catch { throw Breach(.encoding, "the step \(entry.transition) lacks something, or has something that it should not have") }
        let relevant = terms ?? old?.terms
        let context = TransitionContext(
            origin: origin, reason: reason, dryRun: relevant.map { registry.fits($0) ? .passed : .failed([]) } ?? .notRun,
            recipientsEnrolled: relevant.map { registry.areRecipientsEnrolled($0, at: moment) } ?? false)
        let new: AgreementState
        do throws(LifecycleRefusal) {
            new = try transition(old, command, by: actor, in: context, at: moment)
        } catch {
            throw Breach(ReplayedAgreements.rule(error), "the step \(entry.transition) was not allowed (\(error.code)). \(error.message)")
        }
        let highest = epochs[entry.agreement, default: 0]
        // A new version starts above whatever the versions before it came to.
        try require(old == nil ? new.epoch > highest : new.epoch >= highest, .epochs, "the agreement's counter does not rise above \(highest)")
        epochs[entry.agreement] = new.epoch
        states[key] = new
        record(entry, at: index, moment, phase: new.phase)
        try require(new.phase.rawValue == entry.state, .agreementInForce, "the step leads to \(new.phase.rawValue), not to \(entry.state)")
        try require(new.epoch == entry.epoch, .epochs, "the agreement's counter is \(new.epoch) after the step, not \(entry.epoch)")
        try require(new.termsDigest == entry.termsDigest, .agreementInForce, "the entry has another digest than the terms")
    }

    private func newTerms(_ entry: AgreementEntry) throws(Breach) -> MaterialTerms? {
        guard let bytes = entry.terms else { return nil }
        let terms: MaterialTerms
        do throws(TermsFault) {
            terms = try MaterialTerms(bytes: bytes)
        } catch { throw Breach(.encoding, "the terms are not in canonical form") }
        try require(
            terms.agreement == entry.agreement && terms.version == entry.version, .agreementInForce,
            "the terms are those of another agreement or version")
        try require(terms.digest == entry.termsDigest, .agreementInForce, "the terms have another digest than the entry says")
        return terms
    }

    private func actor(_ entry: AgreementEntry, _ registry: ReplayedRegistry) throws(Breach) -> LifecycleActor {
        guard entry.actor.value != 0 else { return .system }
        guard let officer = registry.officer(entry.actor) else {
            throw Breach(.approval, "principal \(entry.actor) is not an active officer")
        }
        try require(
            registry.number(of: officer.organisation) == entry.organisation, .approval,
            "principal \(entry.actor) does not belong to organisation \(entry.organisation)")
        guard let role = OfficerRole(rawValue: entry.role), officer.roles.contains(role) else {
            throw Breach(.approval, "principal \(entry.actor) does not hold the role in which the step was taken")
        }
        return .officer(officer)
    }

    private func proof(
        _ entry: AgreementEntry, terms: MaterialTerms?, _ moment: Timestamp, _ registry: ReplayedRegistry, origin: String
    ) throws(Breach) -> VerifiedStatement? {
        guard let signed = entry.statement else { return nil }
        guard let terms, let role = OfficerRole(rawValue: entry.role) else {
            throw Breach(.signature, "a statement is signed where there is nothing to sign")
        }
        let certificate = try registry.certificate(signed.certificate, of: entry.actor, at: moment)
        let key: ES256PublicKey
        do throws(CryptographyFault) {
            key = try ES256PublicKey(spkiDER: certificate.record.publicKey)
        } catch { throw Breach(.signature, "the signer's key cannot be read") }
        do throws(StatementFault) {
            return try VerifiedStatement(
                bytes: signed.bytes, signature: signed.signature, key: key, signer: entry.actor,
                expected: StatementSubject(origin: origin, terms: terms, role: role))
        } catch { throw Breach(.signature, "the statement does not count (\(error.rawValue))") }
    }

    /// Which rule of the matrix a refusal of the lifecycle breaks.
    private static func rule(_ refusal: LifecycleRefusal) -> AuditRule {
        switch refusal {
        case .adviceMissing, .reasonMissing, .nothingToAccept: .advice
        case .statement, .statementTime, .statementNotYours: .signature
        case .dryRunNotRun, .dryRunFailed, .otherAgreement, .termsIncomplete, .notStarted, .ended: .agreementInForce
        case .recipientsNotEnrolled: .parties
        default: .approval
        }
    }
}
