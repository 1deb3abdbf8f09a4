import Cryptography
import DataSources
import ProtobufWire
import Redaction
import Vocabulary

/// Everything that `Edge.release` is given, as one message: canonical protobuf with
/// folder 1, file 2, program 3, key field 4, filter field 5 repeated, condition 6 repeated { number 1, value 2 repeated, as text },
/// after 7, limit 8, most bytes 9, canonical request 10, canonical case 11, transform key 12 repeated, xk 13, exchange date 14 in days since 1970,
/// evidence 15, finding 16 { domain 1, key 2 }, rows of the revision 17.
///
/// A program is what it is compiled from: schema 1, rule 2 repeated { path 1, transform 2 }, row filter 3, recipient 4, recipient class 5 repeated,
/// agreement 6, limits 7 packed in the order of `RedactionLimits`, and the digest 8 that compiling must come to again.
///
/// It holds keys: it goes over a pipe and nowhere else.
package struct EdgeCall {
    package enum Fault: Error {
        /// A value that the message cannot say, or that does not read back.
        case value(String)
    }

    package let folder: String
    package let request: EdgeRequest
    package let terms: EdgeTerms

    package init(folder: String, request: EdgeRequest, terms: EdgeTerms) {
        self.folder = folder
        self.request = request
        self.terms = terms
    }

    // MARK: Writing

    package func encoded() throws -> [UInt8] {
        let layout = request.layout
        guard layout.root == terms.program.schema.root else { throw Fault.value("a layout of another schema than the program's") }
        var writer = WireWriter(reserving: 4_096)
        writer.string(1, folder)
        writer.string(2, request.file)
        writer.element(3, EdgeCall.encoded(terms.program))
        writer.string(4, layout.key?.name ?? "")
        for field in layout.filters { writer.element(5, field.name) }
        for condition in request.conditions {
            let values = try EdgeCall.texts(of: condition, in: layout)
            writer.message(6) { part in
                part.varint(1, UInt64(condition.number))
                for value in values { part.element(2, value) }
            }
        }
        writer.varint(7, request.after)
        writer.varint(8, UInt64(request.limit))
        writer.varint(9, UInt64(request.maxBytes))
        writer.bytes(10, request.canonicalRequest)
        writer.bytes(11, request.canonicalCase)
        for key in terms.keys.secrets { key.withSpan { writer.bytes(12, span: $0) } }
        terms.xk.withSpan { writer.bytes(13, span: $0) }
        writer.int64(14, Int64(terms.exchangeDate.daysSince1970))
        writer.string(15, terms.evidence.rawValue)
        if let finding = terms.finding {
            writer.message(16) { part in
                part.bytes(1, finding.domain)
                finding.secret.withSpan { part.bytes(2, span: $0) }
            }
        }
        writer.varint(17, request.rows)
        return writer.bytes
    }

    private static func encoded(_ program: RedactionProgram) -> [UInt8] {
        var writer = WireWriter()
        writer.bytes(1, program.schema.canonicalBytes)
        for rule in program.rules {
            writer.message(2) { part in
                part.string(1, rule.path.description)
                part.bytes(2, rule.transform.canonicalBytes)
            }
        }
        if let filter = program.rowFilter { writer.bytes(3, filter.canonicalBytes) }
        writer.string(4, program.context.recipient)
        for name in program.context.recipientClasses { writer.element(5, name) }
        writer.string(6, program.context.agreement)
        let limits = program.limits
        writer.packed(7, [limits.maxRecordBytes, limits.maxFields, limits.maxSlots, limits.maxTransformedTextBytes].map(UInt64.init))
        writer.digest(8, program.digest)
        return writer.bytes
    }

    private static func texts(of condition: SourceCondition, in layout: SourceLayout) throws -> [String] {
        guard let field = layout.root.field(number: condition.number) else { throw Fault.value("a condition on an unknown field") }
        return try condition.values.map { value in
            switch (value, field.type) {
            case (.text(let text), _): return text
            case (.integer(let number), .scalar(.bool)): return number == 0 ? "false" : "true"
            case (.integer(let number), .scalar(.uint64)), (.integer(let number), .scalar(.fixed64)): return String(UInt64(bitPattern: number))
            case (.integer(let number), .enumeration(let enumeration)):
                guard let name = Int32(exactly: number).flatMap(enumeration.name) else { throw Fault.value("a condition on an unknown enum value") }
                return name
            case (.integer(let number), _): return String(number)
            }
        }
    }

    // MARK: Reading

    /// - Parameter compile: makes a program of its message, or gives one that it made of the same bytes before.
    package init(_ bytes: [UInt8], compile: ([UInt8]) throws -> RedactionProgram) throws {
        var parts = Parts()
        try parts.read(bytes)
        let program = try compile(parts.program)
        let layout = try SourceLayout(
            root: program.schema.root, keyField: parts.keyField.isEmpty ? nil : parts.keyField, filterFields: parts.filterFields)
        let conditions = try parts.conditions.map { number, values in
            guard let field = layout.root.field(number: number) else { throw Fault.value("a condition on an unknown field") }
            return try SourceCondition(field: field.name, isOneOf: values, in: layout)
        }
        guard let evidence = EvidenceLevel(rawValue: parts.evidence) else { throw Fault.value("an unknown level of evidence") }
        self.init(
            folder: parts.folder,
            request: EdgeRequest(
                file: parts.file, layout: layout, rows: parts.rows, conditions: conditions, after: parts.after, limit: parts.limit,
                maxBytes: parts.maxBytes, canonicalRequest: parts.canonicalRequest, canonicalCase: parts.canonicalCase),
            terms: EdgeTerms(
                program: program, keys: try TransformKeys(for: program, secrets: parts.keys), xk: parts.xk,
                exchangeDate: CalendarDate(daysSince1970: parts.date), evidence: evidence, finding: parts.finding))
    }

    /// Compiles what `encoded` wrote of a program, and holds it to the digest of the one that was meant.
    package static func compiled(_ bytes: [UInt8]) throws -> RedactionProgram {
        var schema: [UInt8] = []
        var rules: [ReleaseRule] = []
        var filter: RowFilter?
        var recipient = ""
        var classes: [String] = []
        var agreement = ""
        var limits = RedactionLimits()
        var digest: [UInt8] = []
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: schema = try field.bytes()
            case 2: rules.append(try rule(try field.messageElement()))
            case 3: filter = try rowFilter(try field.message(), depth: 1)
            case 4: recipient = try field.string()
            case 5: classes.append(try field.stringElement())
            case 6: agreement = try field.string()
            case 7: limits = try redactionLimits(try field.packed())
            case 8: digest = try field.bytes()
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let recipient = OrganisationID(recipient), let agreement = AgreementID(agreement) else { throw Fault.value("no recipient or agreement") }
        let program = try RedactionProgram(
            schema: try DatasetSchema(canonicalBytes: schema), rules: rules, rowFilter: filter,
            context: RedactionContext(recipient: recipient, recipientClasses: classes, agreement: agreement), limits: limits)
        guard program.digest.bytes == digest else { throw Fault.value("the program compiles to another one") }
        return program
    }

    private static func rule(_ bytes: ArraySlice<UInt8>) throws -> ReleaseRule {
        var path = ""
        var transform: [UInt8] = []
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: path = try field.string()
            case 2: transform = try field.bytes()
            default: throw WireFault.unknownField(field.number)
            }
        }
        guard let path = FieldPath(path) else { throw Fault.value("a rule without a path") }
        return ReleaseRule(path: path, transform: try Transform(canonicalBytes: transform))
    }

    private static func rowFilter(_ bytes: ArraySlice<UInt8>, depth: Int) throws -> RowFilter {
        var reader = CanonicalReader(bytes)
        guard depth <= RowFilter.maxDepth, let field = try reader.next(), try reader.next() == nil else { throw Fault.value("a row filter") }
        var inner = CanonicalReader(try field.message())
        guard field.number != 1 else { return try test(&inner) }
        var parts: [RowFilter] = []
        while let part = try inner.next() {
            guard part.number == 1 else { throw WireFault.unknownField(part.number) }
            parts.append(try rowFilter(try part.messageElement(), depth: depth + 1))
        }
        switch field.number {
        case 2: return .all(parts)
        case 3: return .any(parts)
        default: throw WireFault.unknownField(field.number)
        }
    }

    private static func test(_ reader: inout CanonicalReader) throws -> RowFilter {
        var path = ""
        var values: [String] = []
        while let part = try reader.next() {
            switch part.number {
            case 1: path = try part.string()
            case 2: values.append(try part.stringElement())
            default: throw WireFault.unknownField(part.number)
            }
        }
        guard let path = FieldPath(path) else { throw Fault.value("a row filter without a path") }
        return .test(path, anyOf: values)
    }

    private static func redactionLimits(_ values: [UInt64]) throws -> RedactionLimits {
        guard values.count == 4 else { throw Fault.value("limits") }
        var limits = RedactionLimits()
        limits.maxRecordBytes = Int(values[0])
        limits.maxFields = Int(values[1])
        limits.maxSlots = Int(values[2])
        limits.maxTransformedTextBytes = Int(values[3])
        return limits
    }
}

extension EdgeCall {
    /// The fields of a message as they stand in it.
    private struct Parts {
        var folder = ""
        var file = ""
        var program: [UInt8] = []
        var keyField = ""
        var filterFields: [String] = []
        var conditions: [(number: Int, values: [String])] = []
        var after: UInt64 = 0
        var limit = 0
        var maxBytes = 0
        var canonicalRequest: [UInt8] = []
        var canonicalCase: [UInt8] = []
        var keys: [SecretBytes] = []
        var xk = SecretBytes([])
        var date = 0
        var evidence = ""
        var finding: SubjectFinding?
        var rows: UInt64 = 0

        mutating func read(_ bytes: [UInt8]) throws {
            var reader = CanonicalReader(bytes)
            while let field = try reader.next() {
                switch field.number {
                case 1: folder = try field.string()
                case 2: file = try field.string()
                case 3: program = try field.bytes()
                case 4: keyField = try field.string()
                case 5: filterFields.append(try field.stringElement())
                case 6: conditions.append(try Parts.condition(try field.messageElement()))
                case 7: after = try field.varint()
                case 8: limit = Int(try field.uint32())
                case 9: maxBytes = Int(try field.uint32())
                case 10: canonicalRequest = try field.bytes()
                case 11: canonicalCase = try field.bytes()
                case 12: keys.append(SecretBytes(try field.element()))
                case 13: xk = SecretBytes(try field.bytes())
                case 14: date = Int(try field.int64())
                case 15: evidence = try field.string()
                case 16: finding = try Parts.finding(try field.message())
                case 17: rows = try field.varint()
                default: throw WireFault.unknownField(field.number)
                }
            }
        }

        private static func condition(_ bytes: ArraySlice<UInt8>) throws -> (number: Int, values: [String]) {
            var number = 0
            var values: [String] = []
            var reader = CanonicalReader(bytes)
            while let field = try reader.next() {
                switch field.number {
                case 1: number = Int(try field.uint32())
                case 2: values.append(try field.stringElement())
                default: throw WireFault.unknownField(field.number)
                }
            }
            return (number, values)
        }

        private static func finding(_ bytes: ArraySlice<UInt8>) throws -> SubjectFinding {
            var domain: [UInt8] = []
            var secret = SecretBytes([])
            var reader = CanonicalReader(bytes)
            while let field = try reader.next() {
                switch field.number {
                case 1: domain = try field.bytes()
                case 2: secret = SecretBytes(try field.bytes())
                default: throw WireFault.unknownField(field.number)
                }
            }
            return SubjectFinding(domain: domain, key: HMACKey.sha256(secret), secret: secret)
        }
    }
}
