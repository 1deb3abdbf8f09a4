import Cryptography
import ProtobufWire

/// A run that another process is said to have made: the counterpart of `RedactionRun` for whoever is sent its records, and the only other way to a
/// `RedactedRecord`. Give it the records in order of release.
///
/// A record is taken where such a run could have made it: its bytes are a canonical record of the program's output schema, so that nothing unlisted
/// is in it; each field met with what the program does to it; its salts are those of `xk`; and its commitment is the one that all of this gives. What
/// cannot be seen from here is whether the source holds these values: for that the edge's word stands, as the source's does.
package struct AnsweredRun: ~Copyable {
    package let program: RedactionProgram
    package let evidence: EvidenceLevel
    /// The salts of the request and of the case, 16 bytes each.
    package let requestSalt: [UInt8]
    package let caseSalt: [UInt8]

    private var stream: EntrySalts
    private var canonicaliser: RecordCanonicaliser

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
        canonicaliser = RecordCanonicaliser(program.outputSchema.root, limits: program.limits)
    }

    package func requestCommitment(_ canonicalRequest: [UInt8]) -> Digest {
        Commitments.request(salt: requestSalt, canonicalRequest: canonicalRequest)
    }

    package func caseCommitment(_ canonicalCase: [UInt8]) -> Digest {
        Commitments.caseReference(salt: caseSalt, canonicalCase: canonicalCase)
    }

    /// Takes the next record. `fields` has one for each of the dataset schema's own fields, ascending by number. Throws `RedactionFault.answer` where this
    /// program, under this key, makes no such record; then the whole answer is worth nothing.
    package mutating func take(_ bytes: [UInt8], commitment: Digest, fields: [Field]) throws(RedactionFault) -> RedactedRecord {
        let salts = stream.next()
        guard try isCanonical(bytes) else { throw .answer("a record is not one of the program's output schema") }
        guard fields.count == program.dispositions.count else { throw .answer("a record has other fields than the schema") }
        for (field, planned) in zip(fields, program.dispositions) {
            guard field.disposition == planned || (field.disposition == .notHeld && planned != .withheld) else {
                throw .answer("a field met with something else than the program does")
            }
            guard (field.sourceDigest != nil) == (evidence == .field && field.disposition == .transformed) else {
                throw .answer("a field has a digest too many or too few")
            }
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
