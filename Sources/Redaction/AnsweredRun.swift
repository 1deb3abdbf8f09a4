import Cryptography
import ProtobufWire

/// A run that another process is said to have made: the counterpart of `RedactionRun` for whoever is sent its records, and the only other way to a
/// `RedactedRecord`. Give it the records in order of release.
///
/// A record is taken where its bytes are a canonical record of the program's output schema, so that nothing unlisted is in it; each field is said to have
/// met with what the program does to it, and the bytes show that as far as they can: what is said to be released is there, what is said not to be held is
/// not, a constant is that constant; its salts are those of `xk`; and its commitment is the one that all of this gives.
///
/// What cannot be seen from here is whether the source holds these values, nor whether a transformed value is what its transform makes of the source's:
/// for that the edge's word stands.
package struct AnsweredRun: ~Copyable {
    package let program: RedactionProgram
    package let evidence: EvidenceLevel
    /// The salts of the request and of the case, 16 bytes each.
    package let requestSalt: [UInt8]
    package let caseSalt: [UInt8]

    private var stream: EntrySalts
    private var canonicaliser: RecordCanonicaliser
    private let knownLeaves: [KnownLeaf]
    /// For each of the dataset schema's own fields, its place in the output schema; nil where it never leaves.
    private let outputPlaces: [Int?]

    /// What is said of one of the record's own fields.
    package struct Field: Hashable, Sendable {
        package let disposition: Disposition
        /// What commits to the source's value, which stays where it is, of a transformed field.
        package let sourceDigest: Digest?

        package init(disposition: Disposition, sourceDigest: Digest?) {
            self.disposition = disposition
            self.sourceDigest = sourceDigest
        }
    }

    /// Throws unless `xk` has 32 bytes.
    package init(program: RedactionProgram, xk: SecretBytes, evidence: EvidenceLevel) throws(RedactionFault) {
        self.program = program
        self.evidence = evidence
        stream = try EntrySalts(xk: xk, fieldCount: program.dispositions.count)
        requestSalt = stream.request
        caseSalt = stream.caseReference
        let output = program.outputSchema.root
        canonicaliser = RecordCanonicaliser(output, limits: program.limits)
        knownLeaves = KnownLeaf.leaves(of: program)
        outputPlaces = program.schema.root.fields.map { field in output.fields.firstIndex { $0.number == field.number } }
    }

    package func requestCommitment(_ canonicalRequest: [UInt8]) -> Digest {
        Commitments.request(salt: requestSalt, canonicalRequest: canonicalRequest)
    }

    package func caseCommitment(_ canonicalCase: [UInt8]) -> Digest {
        Commitments.caseReference(salt: caseSalt, canonicalCase: canonicalCase)
    }

    /// Takes the next record. `fields` has one for each of the dataset schema's own fields, ascending by number. Throws `RedactionFault.answer` where it can be
    /// seen that this program, under this key, makes no such record; then the whole answer is worth nothing.
    package mutating func take(_ bytes: [UInt8], commitment: Digest, fields: [Field]) throws(RedactionFault) -> RedactedRecord {
        let salts = stream.next()
        guard try isCanonical(bytes) else { throw .answer("a record is not one of the program's output schema") }
        guard fields.count == program.dispositions.count else { throw .answer("a record has other fields than the schema") }
        for (index, field) in fields.enumerated() {
            guard field.disposition == program.dispositions[index] || (field.disposition == .notHeld && mayBeNotHeld(index)) else {
                throw .answer("a field met with something else than the program does")
            }
            guard isAsSaid(field.disposition, outputPlaces[index]) else { throw .answer("a record's bytes are not what is said of its fields") }
            guard (field.sourceDigest != nil) == (evidence == .field && field.disposition == .transformed) else {
                throw .answer("a field has a digest too many or too few")
            }
        }
        guard knownLeaves.allSatisfy({ $0.isShown(in: bytes, canonicaliser.scan, canonicaliser.plan.layout) }) else {
            throw .answer("a constant, or what answers for absent values, is not in a record as the program writes it")
        }
        let opening = opening(salts, fields)
        guard opening.commitment(to: bytes) == commitment else { throw .answer("a record's commitment is that of another") }
        return RedactedRecord(bytes: bytes, commitment: commitment, opening: opening)
    }

    private mutating func isCanonical(_ bytes: [UInt8]) throws(RedactionFault) -> Bool {
        do throws(WireFault) {
            return try canonicaliser.canonical(bytes, isStrict: true) == bytes
        } catch {
            throw .answer("a record is not one of the program's output schema (\(error))")
        }
    }

    /// What answers also for an absent value is never said not to be held, and what is not listed is not looked at.
    private func mayBeNotHeld(_ index: Int) -> Bool {
        program.dispositions[index] != .withheld && !program.plan.layout.rows[index].answersAbsence
    }

    /// Whether the record's bytes show what is said of the field at that place. Of a transformed one they may hold nothing: it could not be transformed, or
    /// is read by the row filter only.
    private func isAsSaid(_ disposition: Disposition, _ place: Int?) -> Bool {
        let isThere = place.map { canonicaliser.scan.slots[$0] >= 0 } ?? false
        return switch disposition {
        case .released: isThere
        case .withheld, .notHeld: !isThere
        case .transformed: true
        }
    }

    /// As `RedactionRun` makes it: the source salt of a released field, the release salt of a transformed one.
    private func opening(_ salts: [UInt8], _ fields: [Field]) -> RecordOpening {
        let numbers = program.schema.root.fields.map(\.number)
        guard evidence == .field else {
            let salt = Array(salts.prefix(Commitments.saltBytes))
            let fields = zip(numbers, fields).map { RecordOpening.Field(number: $0, disposition: $1.disposition, salt: nil, sourceDigest: nil) }
            return RecordOpening(evidence: .record, recordSalt: salt, fields: fields)
        }
        let opened = fields.indices.map { index in
            let place: Int? =
                switch fields[index].disposition {
                case .released: 1 + 2 * index
                case .transformed: 2 + 2 * index
                case .withheld, .notHeld: nil
                }
            let salt = place.map { Salt(salts.span.extracting(Commitments.saltBytes * $0..<Commitments.saltBytes * ($0 + 1))) }
            return RecordOpening.Field(
                number: numbers[index], disposition: fields[index].disposition, salt: salt, sourceDigest: fields[index].sourceDigest)
        }
        return RecordOpening(evidence: .field, recordSalt: [], fields: opened)
    }
}
