import Cryptography
import ProtobufWire
import Vocabulary

/// One step that somebody asks for.
package enum LifecycleCommand: Hashable, Sendable {
    /// Opens an agreement. Annex digests are `OperationalAnnex.digest(salt:)`.
    case draft(MaterialTerms, annex: Digest?)
    /// Replaces the material terms; every advice, decision and signature is void.
    case edit(MaterialTerms)
    case submit
    case takeUp(ConflictDeclaration)
    /// Sends the case back with a comment, which stays outside the ledger.
    case giveBack(comment: Digest)
    case advise(VerifiedStatement)
    case decide(VerifiedStatement)
    case sign(VerifiedStatement)
    case activate
    case suspend
    /// One of the two consents that lift a suspension, with the note on what was mended.
    case resume(as: OfficerRole, remediation: Digest)
    case terminate(TerminationTime)
    /// Records that the end date, or the date of a termination with notice, has come.
    case expire
    case withdraw
    case changeAnnex(Digest)

    package var kind: CommandKind {
        switch self {
        case .draft: .draft
        case .edit: .edit
        case .submit: .submit
        case .takeUp: .takeUp
        case .giveBack: .giveBack
        case .advise: .advise
        case .decide: .decide
        case .sign: .sign
        case .activate: .activate
        case .suspend: .suspend
        case .resume: .resume
        case .terminate: .terminate
        case .expire: .expire
        case .withdraw: .withdraw
        case .changeAnnex: .changeAnnex
        }
    }

    /// The statement that goes with the command.
    package var proof: VerifiedStatement? {
        switch self {
        case .advise(let proof), .decide(let proof), .sign(let proof): proof
        case .draft, .edit, .submit, .takeUp, .giveBack, .activate, .suspend, .resume, .terminate, .expire, .withdraw, .changeAnnex: nil
        }
    }
}

/// The commands by name. Names are what the ledger holds and are never reused.
package enum CommandKind: String, Hashable, CaseIterable, Sendable {
    case draft
    case edit
    case submit
    case takeUp = "take-up"
    case giveBack = "return"
    case advise
    case decide
    case sign
    case activate
    case suspend
    case resume
    case terminate
    case expire
    case withdraw
    case changeAnnex = "change-annex"

    /// The name in the ledger.
    package var name: String { rawValue }

    /// The reason that stands where nobody gives another.
    package var usualReason: ReasonCode {
        switch self {
        case .draft: ReasonCode(known: "NEW_REQUEST")
        case .edit: ReasonCode(known: "TERMS_CORRECTED")
        case .submit: ReasonCode(known: "READY_FOR_REVIEW")
        case .takeUp: ReasonCode(known: "REVIEW_STARTED")
        case .giveBack: ReasonCode(known: "QUESTION_TO_REQUESTER")
        case .advise: ReasonCode(known: "ADVICE_GIVEN")
        case .decide: ReasonCode(known: "DECISION_TAKEN")
        case .sign: ReasonCode(known: "SIGNED_FOR_PARTY")
        case .activate: ReasonCode(known: "START_DATE_REACHED")
        case .suspend: ReasonCode(known: "PRECAUTION")
        case .resume: ReasonCode(known: "CAUSE_MENDED")
        case .terminate: ReasonCode(known: "NO_LONGER_NEEDED")
        case .expire: ReasonCode(known: "END_DATE_REACHED")
        case .withdraw: ReasonCode(known: "REQUEST_WITHDRAWN")
        case .changeAnnex: ReasonCode(known: "DETAILS_CHANGED")
        }
    }
}

/// What a case officer says about interests of their own before taking a case up.
package enum ConflictDeclaration: Hashable, Sendable {
    case none
    /// There is one; the digest is of the note on how it is managed.
    case managed(Digest)
}

/// When a termination takes effect.
package enum TerminationTime: Hashable, Sendable {
    case atOnce
    /// From the first moment of that UTC day.
    case on(CalendarDate)
}

// The command as the ledger carries it: terms, annex digest and statement have fields of their own in the entry, the rest is here.
extension LifecycleCommand {
    /// Canonical parameters (`Protocols/terms.proto`, message `CommandParameters`); empty where the command has none besides terms, annex digest
    /// and statement.
    package var parameters: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .takeUp(.none):
            writer.varint(1, 1)
        case .takeUp(.managed(let note)):
            writer.varint(1, 2)
            writer.bytes(2, note.bytes)
        case .giveBack(let comment):
            writer.bytes(2, comment.bytes)
        case .resume(let role, let remediation):
            writer.bytes(2, remediation.bytes)
            writer.varint(3, role.number)
        case .terminate(.on(let date)):
            writer.string(4, date.description)
        case .terminate(.atOnce), .draft, .edit, .submit, .advise, .decide, .sign, .activate, .suspend, .expire, .withdraw, .changeAnnex:
            break
        }
        return writer.bytes
    }

    /// Makes a command of what the ledger carries. Throws where something that the kind needs is missing, or something is there that it has not.
    package init(
        kind: CommandKind, parameters: [UInt8], terms: MaterialTerms? = nil, annex: Digest? = nil, proof: VerifiedStatement? = nil
    ) throws(TermsFault) {
        do throws(WireFault) {
            let read = try CommandParameters(parameters)
            self = try read.command(kind, terms: terms, annex: annex, proof: proof)
            try requireCanonical(parameters, reencoded: self.parameters)
        } catch {
            throw .wire(error)
        }
    }
}

private struct CommandParameters {
    private var conflict: UInt64 = 0
    private var note: Digest?
    private var role: OfficerRole?
    private var date: CalendarDate?

    init(_ bytes: [UInt8]) throws(WireFault) {
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: conflict = try field.varint()
            case 2: note = Digest(try field.bytes())
            case 3: role = OfficerRole(number: try field.varint())
            case 4: date = CalendarDate(try field.string())
            default: throw .unknownField(field.number)
            }
        }
    }

    func command(
        _ kind: CommandKind, terms: MaterialTerms?, annex: Digest?, proof: VerifiedStatement?
    ) throws(WireFault) -> LifecycleCommand {
        switch kind {
        case .draft: return .draft(try required(terms, 1), annex: annex)
        case .edit: return .edit(try required(terms, 1))
        case .submit: return .submit
        case .takeUp: return .takeUp(conflict == 2 ? .managed(try required(note, 2)) : .none)
        case .giveBack: return .giveBack(comment: try required(note, 2))
        case .advise: return .advise(try required(proof, 1))
        case .decide: return .decide(try required(proof, 1))
        case .sign: return .sign(try required(proof, 1))
        case .activate: return .activate
        case .suspend: return .suspend
        case .resume: return .resume(as: try required(role, 3), remediation: try required(note, 2))
        case .terminate: return .terminate(date.map { .on($0) } ?? .atOnce)
        case .expire: return .expire
        case .withdraw: return .withdraw
        case .changeAnnex: return .changeAnnex(try required(annex, 1))
        }
    }
}
