import Cryptography
import DataSources
import ProtobufWire
import Redaction

/// What `Edge.release` answered, as one message: canonical protobuf with the answering process 1 and how many it has answered 2, and either a release 3
/// or a fault 4.
///
/// A release: record 1 repeated { bytes 1, commitment 2, field 3 repeated { disposition 1, source digest 2 } }, request commitment 2, case commitment 3,
/// counts 4 packed (read, released, outside the filter, withheld, values dropped), finder 5 repeated, next 6. Salts are not in it: both sides have `xk`.
/// A fault: kind 1 (`FaultKind`), first text 2, second text 3, code 4.
package struct EdgeReply {
    package enum Fault: Error {
        /// What no run under this request and these terms answers.
        case notOfThisRun(String)
    }

    private enum FaultKind: UInt64 {
        case terms = 1
        case file = 2
        case mismatch = 3
        case database = 4
        /// Told in words only.
        case other = 5
    }

    package let process: Int32
    package let number: UInt64
    package let outcome: Result<EdgeRelease, EdgeFault>

    // MARK: Writing

    package static func encoded(process: Int32, number: UInt64, _ outcome: Result<EdgeRelease, EdgeFault>) -> [UInt8] {
        var writer = WireWriter()
        writer.varint(1, UInt64(process))
        writer.varint(2, number)
        switch outcome {
        case .success(let release): writer.message(3) { write(release, to: &$0) }
        case .failure(let fault): writer.message(4) { write(fault, to: &$0) }
        }
        return writer.bytes
    }

    private static func write(_ release: EdgeRelease, to writer: inout WireWriter) {
        for record in release.records {
            writer.message(1) { part in
                part.bytes(1, record.bytes)
                part.digest(2, record.commitment)
                for field in record.opening.fields {
                    part.message(3) { entry in
                        entry.varint(1, UInt64(field.disposition.rawValue))
                        entry.digest(2, field.sourceDigest)
                    }
                }
            }
        }
        writer.digest(2, release.requestCommitment)
        writer.digest(3, release.caseCommitment)
        let counts = release.counts
        writer.packed(4, [counts.read, counts.released, counts.filteredOut, counts.withheld, counts.droppedValues].map(UInt64.init))
        for finder in release.finders { writer.digest(5, finder) }
        if let next = release.next { writer.explicit(6, next) }
    }

    private static func write(_ fault: EdgeFault, to writer: inout WireWriter) {
        let (kind, first, second, code): (FaultKind, String, String, Int32) =
            switch fault {
            case .terms(let fault): (.terms, fault.description, "", 0)
            case .source(.file(let path, let reason)): (.file, path, reason, 0)
            case .source(.mismatch(let file, let reason)): (.mismatch, file, reason, 0)
            case .source(.database(let code)): (.database, "", "", code)
            case .source, .unanswered: (.other, fault.description, "", 0)
            }
        writer.varint(1, kind.rawValue)
        writer.string(2, first)
        writer.string(3, second)
        writer.varint(4, UInt64(UInt32(bitPattern: code)))
    }

    // MARK: Reading

    /// Takes a reply to this request under these terms and to no other. Throws where it is anything else.
    package init(_ bytes: [UInt8], to request: EdgeRequest, under terms: EdgeTerms) throws {
        var process: UInt32 = 0
        var number: UInt64 = 0
        var outcome: Result<EdgeRelease, EdgeFault>?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: process = try field.uint32()
            case 2: number = try field.varint()
            case 3: outcome = .success(try EdgeReply.release(try field.message(), to: request, under: terms))
            case 4:
                guard outcome == nil else { throw Fault.notOfThisRun("both a release and a fault") }
                outcome = .failure(try EdgeReply.fault(try field.message()))
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let outcome, let process = Int32(exactly: process) else { throw Fault.notOfThisRun("neither a release nor a fault") }
        self.process = process
        self.number = number
        self.outcome = outcome
    }

    private static func release(_ bytes: ArraySlice<UInt8>, to request: EdgeRequest, under terms: EdgeTerms) throws -> EdgeRelease {
        var run = try AnsweredRun(program: terms.program, xk: terms.xk, evidence: terms.evidence)
        var records: [RedactedRecord] = []
        var commitments: [Int: Digest] = [:]
        var counts: [UInt64] = []
        var finders: [Digest] = []
        var next: UInt64?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: records.append(try record(try field.messageElement(), of: &run))
            case 2, 3: commitments[field.number] = try digest(try field.bytes())
            case 4: counts = try field.packed()
            case 5: finders.append(try digest(try field.element()))
            case 6: next = try field.varint()
            default: throw WireFault.unknownField(field.number)
            }
        }
        let own = (run.requestCommitment(request.canonicalRequest), run.caseCommitment(request.canonicalCase))
        guard commitments == [2: own.0, 3: own.1] else { throw Fault.notOfThisRun("commitments to another request") }
        let release = EdgeRelease(
            records: records, requestCommitment: own.0, caseCommitment: own.1, requestSalt: run.requestSalt, caseSalt: run.caseSalt,
            counts: try tally(counts, of: records), finders: finders, next: next)
        try check(release, against: request, isFinding: terms.finding != nil)
        return release
    }

    /// No more than was asked for, and a way on that leads on.
    private static func check(_ release: EdgeRelease, against request: EdgeRequest, isFinding: Bool) throws {
        let bytes = release.records.reduce(0) { $0 + $1.bytes.count }
        guard release.records.count <= request.limit, bytes <= request.maxBytes || release.records.count == 1 else {
            throw Fault.notOfThisRun("more than was asked for")
        }
        guard release.finders.count <= (isFinding ? release.records.count : 0) else { throw Fault.notOfThisRun("more people than records") }
        guard release.next.map({ $0 > request.after }) ?? true else { throw Fault.notOfThisRun("a next page that is not after this one") }
    }

    private static func tally(_ counts: [UInt64], of records: [RedactedRecord]) throws -> RedactionRun.Counts {
        let values = counts.compactMap { UInt32(exactly: $0) }.map(Int.init)
        guard counts.count == 5, values.count == 5, values[1] == records.count, values[0] == values[1] + values[2] + values[3] else {
            throw Fault.notOfThisRun("counts that do not add up")
        }
        return RedactionRun.Counts(read: values[0], released: values[1], filteredOut: values[2], withheld: values[3], droppedValues: values[4])
    }

    private static func record(_ bytes: ArraySlice<UInt8>, of run: inout AnsweredRun) throws -> RedactedRecord {
        var record: [UInt8] = []
        var commitment: Digest?
        var fields: [AnsweredRun.Field] = []
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: record = try field.bytes()
            case 2: commitment = try digest(try field.bytes())
            case 3: fields.append(try self.field(try field.messageElement()))
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let commitment else { throw Fault.notOfThisRun("a record without a commitment") }
        return try run.take(record, commitment: commitment, fields: fields)
    }

    private static func field(_ bytes: ArraySlice<UInt8>) throws -> AnsweredRun.Field {
        var disposition: Disposition?
        var source: Digest?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: disposition = Disposition(rawValue: UInt8(clamping: try field.varint()))
            case 2: source = try digest(try field.bytes())
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let disposition else { throw Fault.notOfThisRun("an unknown disposition") }
        return AnsweredRun.Field(disposition: disposition, sourceDigest: source)
    }

    private static func digest(_ bytes: [UInt8]) throws -> Digest {
        guard let digest = Digest(bytes) else { throw Fault.notOfThisRun("a digest of another length") }
        return digest
    }

    private static func fault(_ bytes: ArraySlice<UInt8>) throws -> EdgeFault {
        var kind: FaultKind?
        var texts = ["", ""]
        var code: UInt32 = 0
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: kind = FaultKind(rawValue: try field.varint())
            case 2, 3: texts[field.number - 2] = try field.string()
            case 4: code = try field.uint32()
            default: throw WireFault.unknownField(field.number)
            }
        }
        switch kind {
        case .terms: return .terms(.context(texts[0]))
        case .file: return .source(.file(path: texts[0], reason: texts[1]))
        case .mismatch: return .source(.mismatch(file: texts[0], reason: texts[1]))
        case .database: return .source(.database(code: Int32(bitPattern: code)))
        case .other: return .unanswered(reason: texts[0])
        case nil: throw Fault.notOfThisRun("an unknown fault")
        }
    }
}
