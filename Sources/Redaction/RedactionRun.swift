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
        /// Those that the row filter let through: what may be told of how many there are.
        package var admitted: Int { read - filteredOut }
        package var withheld = 0
        /// Values in released records that could not be transformed and were dropped.
        package var droppedValues = 0

        package init(read: Int = 0, released: Int = 0, filteredOut: Int = 0, withheld: Int = 0, droppedValues: Int = 0) {
            self.read = read
            self.released = released
            self.filteredOut = filteredOut
            self.withheld = withheld
            self.droppedValues = droppedValues
        }
    }

    package let program: RedactionProgram
    package let evidence: EvidenceLevel
    /// The salts of the request and of the case, 16 bytes each: what opens their commitments.
    package let requestSalt: [UInt8]
    package let caseSalt: [UInt8]
    package private(set) var counts = Counts()

    private let inputs: TransformInputs
    private var stream: EntrySalts
    private var workspace: RedactionWorkspace

    /// Throws where the keys belong to another program or `xk` has not 32 bytes.
    package init(
        program: RedactionProgram, keys: TransformKeys, xk: SecretBytes, exchangeDate: CalendarDate, evidence: EvidenceLevel,
        workspace: consuming RedactionWorkspace = RedactionWorkspace()
    ) throws(RedactionFault) {
        guard keys.programDigest == program.digest else { throw .context("the transform keys were derived for another program") }
        stream = try EntrySalts(xk: xk, fieldCount: program.dispositions.count)
        requestSalt = stream.request
        caseSalt = stream.caseReference
        workspace.fit(fieldCount: program.dispositions.count)
        self.workspace = workspace
        inputs = TransformInputs(exchangeDate: exchangeDate, keys: keys.keys)
        self.program = program
        self.evidence = evidence
    }

    /// Gives the storage back, for the next run.
    package consuming func end() -> RedactionWorkspace {
        workspace
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
            try workspace.scan.scan(record, layout: program.plan.layout, limits: program.plan.limits, isStrict: program.schema.isStrict)
        } catch {
            // Nobody knows on which side of a row filter it is: it must not show as one that is inside.
            if program.filter == nil { counts.withheld += 1 } else { counts.filteredOut += 1 }
            return .withheld(error == .tooLarge ? .tooLarge : .malformed)
        }
        if let filter = program.filter, !filter.admits(workspace.scan, record) {
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
        counts.droppedValues += workspace.emission.failures
        stream.fill(&workspace.salts)
        let opening: RecordOpening
        let commitment: Digest
        let bytes = workspace.output.bytes()
        switch evidence {
        case .field:
            commitment = fieldCommitment()
            opening = fieldOpening()
        case .record:
            let salt = Array(workspace.salts[0..<Commitments.saltBytes])
            commitment = rowCommitment()
            opening = RecordOpening(evidence: .record, recordSalt: salt, fields: dispositions())
        }
        return .released(RedactedRecord(bytes: bytes, commitment: commitment, opening: opening))
    }

    /// Takes the last record, which was released and is the last of all, out of the counts: it is left for another entry.
    package mutating func takeBackLast() {
        counts.read -= 1
        counts.released -= 1
        counts.droppedValues -= workspace.emission.failures
    }

    /// Writes the released fields, and beside them the source's view of the transformed ones.
    private mutating func emit(_ record: Span<UInt8>) throws(RecordEmission.Withheld) {
        workspace.emission.clear()
        workspace.output.clear()
        workspace.source.clear()
        let program = program
        let plan = program.plan
        let dispositions = program.dispositions
        var index = dispositions.count - 1
        while index >= 0 {
            var span = RedactionWorkspace.FieldSpan()
            span.disposition = dispositions[index]
            span.outputFrom = workspace.output.count
            if span.disposition != .withheld, plan.layout.rows[index].action != .drop {
                try workspace.emission.emit(index, of: workspace.scan, record: record, plan: plan, inputs: inputs, view: .release,
                    into: &workspace.output)
            }
            span.outputTo = workspace.output.count
            span.sourceFrom = workspace.source.count
            if span.disposition == .transformed {
                try workspace.emission.emit(index, of: workspace.scan, record: record, plan: plan, inputs: inputs, view: .source,
                    into: &workspace.source)
                var isHeld = workspace.source.count > span.sourceFrom
                if isHeld { isHeld = try !holdsNothingListed(index, span, record) }
                // What answers also for an absent value leaves alike whether or not it is held, and its disposition must not tell.
                if !isHeld, !plan.layout.rows[index].answersAbsence {
                    workspace.source.forget(to: span.sourceFrom)
                    span.disposition = .notHeld
                }
            } else if span.disposition == .released, span.outputTo == span.outputFrom {
                span.disposition = .notHeld
            }
            span.sourceTo = workspace.source.count
            workspace.spans[index] = span
            index -= 1
        }
    }

    /// Whether a partly listed message holds nothing of what is listed. It is then not held, whatever else is in it: "transformed, and nothing left"
    /// would tell that something unlisted is there.
    private mutating func holdsNothingListed(
        _ index: Int, _ span: RedactionWorkspace.FieldSpan, _ record: Span<UInt8>
    ) throws(RecordEmission.Withheld) -> Bool {
        guard span.outputTo == span.outputFrom, program.plan.layout.rows[index].action == .descend else { return false }
        let before = workspace.source.count
        try workspace.emission.emit(
            index, of: workspace.scan, record: record, plan: program.plan, inputs: inputs, view: .listed, into: &workspace.source)
        defer { workspace.source.forget(to: before) }
        return workspace.source.count == before
    }

    private mutating func rowCommitment() -> Digest {
        workspace.hash.update(Commitments.rowLabel)
        let salts = workspace.salts
        workspace.hash.update(salts.span.extracting(0..<Commitments.saltBytes))
        workspace.output.absorb(from: 0, to: workspace.output.count, into: &workspace.hash)
        return workspace.hash.finish()
    }

    private mutating func fieldCommitment() -> Digest {
        let fields = program.schema.root.fields
        workspace.outer.removeAll(keepingCapacity: true)
        workspace.outer += Commitments.recordLabel
        for index in workspace.spans.indices {
            let number = UInt32(truncatingIfNeeded: fields[index].number)
            let span = workspace.spans[index]
            for shift: UInt32 in [24, 16, 8, 0] { workspace.outer.append(UInt8(truncatingIfNeeded: number >> shift)) }
            workspace.outer.append(span.disposition.rawValue)
            switch span.disposition {
            case .released:
                begin(salt: sourceSalt(index), number)
                workspace.output.copy(from: span.outputFrom, to: span.outputTo, to: &workspace.field)
                finish().append(to: &workspace.outer)
            case .transformed:
                begin(salt: sourceSalt(index), number)
                workspace.source.copy(from: span.sourceFrom, to: span.sourceTo, to: &workspace.field)
                let source = finish()
                workspace.spans[index].sourceDigest = source
                source.append(to: &workspace.outer)
                begin(salt: releaseSalt(index), number)
                workspace.output.copy(from: span.outputFrom, to: span.outputTo, to: &workspace.field)
                finish().append(to: &workspace.outer)
            case .withheld, .notHeld: break
            }
        }
        workspace.hash.update(workspace.outer)
        return workspace.hash.finish()
    }

    /// Starts what a field digest is over; the value follows. One buffer, because each call of the hash costs as much as a block of it.
    private mutating func begin(salt: Range<Int>, _ number: UInt32) {
        workspace.field.removeAll(keepingCapacity: true)
        workspace.field += Commitments.fieldLabel
        workspace.field += workspace.salts[salt]
        for shift: UInt32 in [24, 16, 8, 0] { workspace.field.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func finish() -> Digest {
        workspace.hash.update(workspace.field)
        return workspace.hash.finish()
    }

    private func sourceSalt(_ index: Int) -> Range<Int> {
        let start = Commitments.saltBytes * (1 + 2 * index)
        return start..<start + Commitments.saltBytes
    }

    private func releaseSalt(_ index: Int) -> Range<Int> {
        let start = Commitments.saltBytes * (2 + 2 * index)
        return start..<start + Commitments.saltBytes
    }

    private func salt(_ range: Range<Int>) -> Salt {
        Salt(workspace.salts.span.extracting(range))
    }

    private func fieldOpening() -> RecordOpening {
        let fields = workspace.spans.indices.map { index in
            let span = workspace.spans[index]
            let number = program.schema.root.fields[index].number
            switch span.disposition {
            case .released:
                return RecordOpening.Field(
                    number: number, disposition: .released, salt: salt(sourceSalt(index)), sourceDigest: nil)
            case .transformed:
                return RecordOpening.Field(
                    number: number, disposition: .transformed, salt: salt(releaseSalt(index)), sourceDigest: span.sourceDigest)
            case .withheld, .notHeld:
                return RecordOpening.Field(number: number, disposition: span.disposition, salt: nil, sourceDigest: nil)
            }
        }
        return RecordOpening(evidence: .field, recordSalt: [], fields: fields)
    }

    private func dispositions() -> [RecordOpening.Field] {
        workspace.spans.indices.map { index in
            RecordOpening.Field(
                number: program.schema.root.fields[index].number, disposition: workspace.spans[index].disposition, salt: nil, sourceDigest: nil)
        }
    }
}
