import Cryptography
import ProtobufWire
import Vocabulary

/// One run of a program over the records of one EXCHANGE entry, under that entry's key `xk`. Owns the storage that records share; make one for
/// each entry, and give it the records in order of release.
///
/// A pure function of its inputs: the same program, keys, `xk`, exchange date and records give the same bytes and commitments on every machine.
package struct RedactionRun: ~Copyable {
    /// Records given, released, outside the filter, and withheld.
    package struct Counts: Hashable, Sendable {
        package var read = 0
        package var released = 0
        package var filteredOut = 0
        package var withheld = 0
        /// Values in released records that could not be transformed and were dropped.
        package var droppedValues = 0
    }

    package let program: RedactionProgram
    package let evidence: EvidenceLevel
    /// The salts of the request and of the case, 16 bytes each: what opens their commitments.
    package let requestSalt: [UInt8]
    package let caseSalt: [UInt8]
    package private(set) var counts = Counts()

    private let inputs: TransformInputs
    private var stream: EntrySalts
    private var hash = SHA256()
    private var scan = RecordScan()
    private var emission = RecordEmission()
    private var output = BackwardBuffer()
    private var source = BackwardBuffer()
    /// The record's salt, then source and release salt of each field.
    private var salts: [UInt8]
    /// For each field: count of `output` before and after it, and of `source`.
    private var spans: [FieldSpan]

    private struct FieldSpan {
        var outputFrom = 0
        var outputTo = 0
        var sourceFrom = 0
        var sourceTo = 0
        var disposition = Disposition.withheld
        var sourceDigest = Digest.zero
    }

    /// Throws where the keys belong to another program or `xk` has not 32 bytes.
    package init(
        program: RedactionProgram, keys: TransformKeys, xk: SecretBytes, exchangeDate: CalendarDate, evidence: EvidenceLevel
    ) throws(RedactionFault) {
        guard keys.programDigest == program.digest else { throw .context("the transform keys were derived for another program") }
        stream = try EntrySalts(xk: xk, fieldCount: program.dispositions.count)
        requestSalt = stream.request
        caseSalt = stream.caseReference
        salts = []
        spans = [FieldSpan](repeating: FieldSpan(), count: program.dispositions.count)
        inputs = TransformInputs(exchangeDate: exchangeDate, keys: keys.keys)
        self.program = program
        self.evidence = evidence
    }

    package func requestCommitment(_ canonicalRequest: [UInt8]) -> Digest {
        Commitments.request(salt: requestSalt, canonicalRequest: canonicalRequest)
    }

    package func caseCommitment(_ canonicalCase: [UInt8]) -> Digest {
        Commitments.caseReference(salt: caseSalt, canonicalCase: canonicalCase)
    }

    /// Redacts one record. Salts are drawn for released records only.
    package mutating func apply(_ record: [UInt8]) -> RecordOutcome {
        apply(record.span)
    }

    package mutating func apply(_ record: Span<UInt8>) -> RecordOutcome {
        counts.read += 1
        do throws(WireFault) {
            try scan.scan(record, layout: program.plan.layout, limits: program.plan.limits, isStrict: program.schema.isStrict)
        } catch {
            counts.withheld += 1
            return .withheld(error == .tooLarge ? .tooLarge : .malformed)
        }
        if let filter = program.filter, !filter.admits(scan, record) {
            counts.filteredOut += 1
            return .filteredOut
        }
        do throws(RecordEmission.Withheld) {
            try emit(record)
        } catch {
            counts.withheld += 1
            return .withheld(.failedTransform(leaf: error.leaf))
        }
        counts.released += 1
        counts.droppedValues += emission.failures
        stream.fill(&salts)
        let opening: RecordOpening
        let commitment: Digest
        let bytes = output.bytes()
        switch evidence {
        case .field:
            commitment = fieldCommitment()
            opening = fieldOpening()
        case .record:
            let salt = Array(salts[0..<Commitments.saltBytes])
            commitment = rowCommitment()
            opening = RecordOpening(evidence: .record, recordSalt: salt, fields: dispositions())
        }
        return .released(RedactedRecord(bytes: bytes, commitment: commitment, opening: opening))
    }

    /// Writes the released fields, and beside them the source's view of the transformed ones.
    private mutating func emit(_ record: Span<UInt8>) throws(RecordEmission.Withheld) {
        emission.clear()
        output.clear()
        source.clear()
        var index = spans.count - 1
        while index >= 0 {
            var span = FieldSpan()
            span.disposition = program.dispositions[index]
            span.outputFrom = output.count
            if span.disposition != .withheld, program.plan.layout.rows[index].action != .drop {
                try emission.emit(index, of: scan, record: record, plan: program.plan, inputs: inputs, view: .release, into: &output)
            }
            span.outputTo = output.count
            span.sourceFrom = source.count
            if span.disposition == .transformed {
                try emission.emit(index, of: scan, record: record, plan: program.plan, inputs: inputs, view: .source, into: &source)
                if source.count == span.sourceFrom { span.disposition = .notHeld }
            } else if span.disposition == .released, span.outputTo == span.outputFrom {
                span.disposition = .notHeld
            }
            span.sourceTo = source.count
            spans[index] = span
            index -= 1
        }
    }

    private mutating func rowCommitment() -> Digest {
        hash.update(Commitments.rowLabel)
        let salts = salts
        hash.update(salts.span.extracting(0..<Commitments.saltBytes))
        output.absorb(from: 0, to: output.count, into: &hash)
        return hash.finish()
    }

    private mutating func fieldCommitment() -> Digest {
        var outer = Commitments.recordLabel
        outer.reserveCapacity(outer.count + spans.count * (5 + 2 * Digest.byteCount))
        for index in spans.indices {
            let number = program.schema.root.fields[index].number
            let span = spans[index]
            for shift in [24, 16, 8, 0] { outer.append(UInt8(truncatingIfNeeded: number >> shift)) }
            outer.append(span.disposition.rawValue)
            switch span.disposition {
            case .released:
                begin(salt: sourceSalt(index), number)
                output.absorb(from: span.outputFrom, to: span.outputTo, into: &hash)
                hash.finish().append(to: &outer)
            case .transformed:
                begin(salt: sourceSalt(index), number)
                source.absorb(from: span.sourceFrom, to: span.sourceTo, into: &hash)
                spans[index].sourceDigest = hash.finish()
                spans[index].sourceDigest.append(to: &outer)
                begin(salt: releaseSalt(index), number)
                output.absorb(from: span.outputFrom, to: span.outputTo, into: &hash)
                hash.finish().append(to: &outer)
            case .withheld, .notHeld: break
            }
        }
        return Digest.sha256(outer)
    }

    /// Starts a field digest; the value follows.
    private mutating func begin(salt: Range<Int>, _ number: Int) {
        hash.update(Commitments.fieldLabel)
        let salts = salts
        hash.update(salts.span.extracting(salt))
        hash.update(bigEndian: UInt32(number))
    }

    private func sourceSalt(_ index: Int) -> Range<Int> {
        let start = Commitments.saltBytes * (1 + 2 * index)
        return start..<start + Commitments.saltBytes
    }

    private func releaseSalt(_ index: Int) -> Range<Int> {
        let start = Commitments.saltBytes * (2 + 2 * index)
        return start..<start + Commitments.saltBytes
    }

    private func fieldOpening() -> RecordOpening {
        let fields = spans.indices.map { index in
            let span = spans[index]
            let number = program.schema.root.fields[index].number
            switch span.disposition {
            case .released:
                return RecordOpening.Field(
                    number: number, disposition: .released, salt: Array(salts[sourceSalt(index)]), sourceDigest: nil)
            case .transformed:
                return RecordOpening.Field(
                    number: number, disposition: .transformed, salt: Array(salts[releaseSalt(index)]), sourceDigest: span.sourceDigest)
            case .withheld, .notHeld:
                return RecordOpening.Field(number: number, disposition: span.disposition, salt: [], sourceDigest: nil)
            }
        }
        return RecordOpening(evidence: .field, recordSalt: [], fields: fields)
    }

    private func dispositions() -> [RecordOpening.Field] {
        spans.indices.map { index in
            RecordOpening.Field(
                number: program.schema.root.fields[index].number, disposition: spans[index].disposition, salt: [], sourceDigest: nil)
        }
    }
}
