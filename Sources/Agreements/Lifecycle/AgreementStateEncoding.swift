import Cryptography
import ProtobufWire
import Vocabulary

// Canonical bytes of a state (`Protocols/terms.proto`, message `AgreementState`): what stores keep.
extension AgreementState {
    package var bytes: [UInt8] {
        var writer = WireWriter(reserving: terms.bytes.count + 1_024)
        writer.element(1, terms.bytes)
        writer.bytes(2, annexDigest?.bytes ?? [])
        writer.varint(3, phase.number)
        writer.varint(4, epoch)
        writer.varint(5, revision)
        writer.packed(6, drafters.map { UInt64($0.value) })
        writer.int64(7, submittedAt?.microseconds ?? 0)
        if let conflict {
            writer.message(8, conflict.write)
        }
        for endorsement in endorsements { writer.message(9, endorsement.write) }
        writer.int64(10, approvedAt?.microseconds ?? 0)
        writer.int64(11, activatedAt?.microseconds ?? 0)
        for suspension in suspensions { writer.message(12, suspension.write) }
        writer.string(13, terminatesOn?.description ?? "")
        return writer.bytes
    }

    /// Reads canonical bytes strictly, of at most `TermsLimits.maxStateBytes`.
    package init(bytes: [UInt8]) throws(TermsFault) {
        guard bytes.count <= TermsLimits.maxStateBytes else { throw .tooLarge(bytes: bytes.count, limit: TermsLimits.maxStateBytes) }
        let fields: StateFields
        do throws(WireFault) {
            fields = try StateFields(bytes)
        } catch {
            throw .wire(error)
        }
        let terms = try MaterialTerms(bytes: fields.terms)
        do throws(WireFault) {
            self = try fields.state(terms)
            try requireCanonical(bytes, reencoded: self.bytes)
        } catch {
            throw .wire(error)
        }
    }
}

private struct StateFields {
    private(set) var terms: [UInt8] = []
    private var annexDigest: Digest?
    private var phase: Phase?
    private var epoch: UInt64 = 0
    private var revision: UInt64 = 0
    private var drafters: [PrincipalNumber] = []
    private var submittedAt: Timestamp?
    private var conflict: ConflictRecord?
    private var endorsements: [Endorsement] = []
    private var approvedAt: Timestamp?
    private var activatedAt: Timestamp?
    private var suspensions: [Suspension] = []
    private var terminatesOn: CalendarDate?

    init(_ bytes: [UInt8]) throws(WireFault) {
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: terms = try field.bytes()
            case 2: annexDigest = Digest(try field.bytes())
            case 3: phase = Phase(number: try field.varint())
            case 4: epoch = try field.varint()
            case 5: revision = try field.varint()
            case 6: drafters = try StateFields.principals(field)
            case 7: submittedAt = Timestamp(microseconds: try field.int64())
            case 8: conflict = try ConflictRecord(reading: try field.message())
            case 9: endorsements.append(try Endorsement(reading: try field.messageElement()))
            case 10: approvedAt = Timestamp(microseconds: try field.int64())
            case 11: activatedAt = Timestamp(microseconds: try field.int64())
            case 12: suspensions.append(try Suspension(reading: try field.messageElement()))
            case 13: terminatesOn = CalendarDate(try field.string())
            default: throw .unknownField(field.number)
            }
        }
    }

    func state(_ terms: MaterialTerms) throws(WireFault) -> AgreementState {
        let phase = try required(phase, 3)
        guard zip(drafters, drafters.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .outOfOrder(field: 6) }
        guard phase == .suspended || suspensions.isEmpty else { throw .unexpectedType(field: 12) }
        return AgreementState(
            terms: terms, annexDigest: annexDigest, phase: phase, epoch: epoch, revision: revision, drafters: drafters,
            submittedAt: submittedAt, conflict: conflict, endorsements: endorsements, approvedAt: approvedAt, activatedAt: activatedAt,
            suspensions: suspensions, terminatesOn: terminatesOn)
    }

    private static func principals(_ field: CanonicalField) throws(WireFault) -> [PrincipalNumber] {
        var result: [PrincipalNumber] = []
        for number in try field.packed() {
            guard let small = UInt32(exactly: number) else { throw .outOfRange(field: field.number) }
            result.append(PrincipalNumber(small))
        }
        return result
    }
}

extension ConflictRecord {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(principal.value))
        switch declaration {
        case .none: break
        case .managed(let note): writer.bytes(2, note.bytes)
        }
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var principal: PrincipalNumber?
        var note: Digest?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: principal = PrincipalNumber(try field.uint32())
            case 2: note = Digest(try field.bytes())
            default: throw .unknownField(field.number)
            }
        }
        self.principal = try required(principal, 1)
        declaration = note.map { .managed($0) } ?? .none
    }
}
