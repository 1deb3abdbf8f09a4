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
        /// A message that is no reply.
        case malformed(String)
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
    /// As it was answered: whoever asked makes an `EdgeRelease` of it.
    package let outcome: Result<EdgeAnswer, EdgeFault>

    // MARK: Writing

    package static func encoded(process: Int32, number: UInt64, _ outcome: Result<EdgeAnswer, EdgeFault>) -> [UInt8] {
        var writer = WireWriter()
        writer.varint(1, UInt64(process))
        writer.varint(2, number)
        switch outcome {
        case .success(let answer): writer.message(3) { write(answer, to: &$0) }
        case .failure(let fault): writer.message(4) { write(fault, to: &$0) }
        }
        return writer.bytes
    }

    private static func write(_ answer: EdgeAnswer, to writer: inout WireWriter) {
        for record in answer.records {
            writer.message(1) { part in
                part.bytes(1, record.bytes)
                part.digest(2, record.commitment)
                for field in record.fields {
                    part.message(3) { entry in
                        entry.varint(1, UInt64(field.disposition.rawValue))
                        entry.digest(2, field.sourceDigest)
                    }
                }
            }
        }
        writer.digest(2, answer.requestCommitment)
        writer.digest(3, answer.caseCommitment)
        let counts = answer.counts
        writer.packed(4, [counts.read, counts.released, counts.filteredOut, counts.withheld, counts.droppedValues].map(UInt64.init))
        for finder in answer.finders { writer.digest(5, finder) }
        if let next = answer.next { writer.explicit(6, next) }
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

    /// Reads a reply. Throws where it is anything else.
    package init(_ bytes: [UInt8]) throws {
        var process: UInt32 = 0
        var number: UInt64 = 0
        var outcome: Result<EdgeAnswer, EdgeFault>?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: process = try field.uint32()
            case 2: number = try field.varint()
            case 3: outcome = .success(try EdgeReply.answer(try field.message()))
            case 4:
                guard outcome == nil else { throw Fault.malformed("both a release and a fault") }
                outcome = .failure(try EdgeReply.fault(try field.message()))
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let outcome, let process = Int32(exactly: process) else { throw Fault.malformed("neither a release nor a fault") }
        self.process = process
        self.number = number
        self.outcome = outcome
    }

    private static func answer(_ bytes: ArraySlice<UInt8>) throws -> EdgeAnswer {
        var records: [EdgeAnswer.Record] = []
        var commitments: [Int: Digest] = [:]
        var counts: [Int] = []
        var finders: [Digest] = []
        var next: UInt64?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: records.append(try record(try field.messageElement()))
            case 2, 3: commitments[field.number] = try digest(try field.bytes())
            case 4: counts = try field.packed().compactMap { UInt32(exactly: $0) }.map(Int.init)
            case 5: finders.append(try digest(try field.element()))
            case 6: next = try field.varint()
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let request = commitments[2], let caseReference = commitments[3], counts.count == 5 else { throw Fault.malformed("a release without its parts") }
        return EdgeAnswer(
            records: records, requestCommitment: request, caseCommitment: caseReference,
            counts: RedactionRun.Counts(read: counts[0], released: counts[1], filteredOut: counts[2], withheld: counts[3], droppedValues: counts[4]),
            finders: finders, next: next)
    }

    private static func record(_ bytes: ArraySlice<UInt8>) throws -> EdgeAnswer.Record {
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
        guard let commitment else { throw Fault.malformed("a record without a commitment") }
        return EdgeAnswer.Record(bytes: record, commitment: commitment, fields: fields)
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
        guard let disposition else { throw Fault.malformed("an unknown disposition") }
        return AnsweredRun.Field(disposition: disposition, sourceDigest: source)
    }

    private static func digest(_ bytes: [UInt8]) throws -> Digest {
        guard let digest = Digest(bytes) else { throw Fault.malformed("a digest of another length") }
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
        case nil: throw Fault.malformed("an unknown fault")
        }
    }
}
