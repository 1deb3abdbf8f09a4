import Cryptography
import ProtobufWire
import Vocabulary

/// The second implementation: decodes a record in full, applies the rules by path, encodes again. Slow and plain, to be compared with the walk over
/// wire bytes in tests and to be run again by an auditor on an opened source record.
package struct RedactionOracle {
    /// What the walk must have produced.
    package enum Outcome: Hashable, Sendable {
        case released(bytes: [UInt8], commitment: Digest, dispositions: [Disposition])
        case filteredOut
        case withheld
    }

    private let schema: DatasetSchema
    private let rules: [FieldPath: Transform]
    private let filter: RowFilter?
    private let plain: [FieldPath: PlainTransform]
    private let limits: RedactionLimits
    private let salts: [UInt8]
    private let evidence: EvidenceLevel

    private struct Failed: Error {}

    /// `salts` are those of the one record that will be given, from `EntrySalts`. Keys are derived from `root` anew.
    package init(
        program: RedactionProgram, root: PseudonymRoot?, salts: [UInt8], exchangeDate: CalendarDate, evidence: EvidenceLevel
    ) throws(RedactionFault) {
        guard salts.count == Commitments.saltBytes * (1 + 2 * program.schema.root.fields.count) else {
            throw .context("a record has one salt and two for each field, 16 bytes each")
        }
        schema = program.schema
        rules = Dictionary(program.rules.map { ($0.path, $0.transform) }, uniquingKeysWith: { _, last in last })
        filter = program.rowFilter
        plain = rules.mapValues { PlainTransform($0, exchangeDate: exchangeDate, context: program.context, root: root) }
        limits = program.limits
        self.salts = salts
        self.evidence = evidence
    }

    /// What must become of the record.
    package func redact(_ record: [UInt8]) -> Outcome {
        let fields = schema.root.fields
        let unread = Set(fields.filter { !isRead($0) }.map(\.number))
        let decoded: DecodedRecord
        do throws(WireFault) {
            decoded = try DecodedRecord(record, as: schema.root, isStrict: schema.isStrict, withheld: unread, limits: limits)
        } catch {
            return .withheld
        }
        guard filter.map({ admits($0, decoded) }) ?? true else { return .filteredOut }
        var released: [UInt8] = []
        var digests: [Commitments.FieldDigests] = []
        do throws(Failed) {
            for (index, field) in fields.enumerated() {
                let isWithheld = unread.contains(field.number) && !leaves(under: field).contains { rules[$0].map { !$0.isDrop } ?? false }
                let source = try encode(field, of: decoded, at: [], view: .source, isEntry: false)
                let release = try encode(field, of: decoded, at: [], view: .release, isEntry: false)
                released += release
                // Of a message that is listed in part, only what is listed counts as held.
                let isPartly = isMessage(field) && leaves(under: field).contains { rules[$0].map { !$0.isDrop } ?? false }
                let listed = isPartly ? try encode(field, of: decoded, at: [], view: .listed, isEntry: false) : source
                let isHeld = !release.isEmpty || !listed.isEmpty
                digests.append(
                    digest(field, index, source: isHeld ? source : nil, release: release, isWithheld: isWithheld))
            }
        } catch {
            return .withheld
        }
        let commitment: Digest
        switch evidence {
        case .field: commitment = Commitments.record(of: digests)
        case .record: commitment = Commitments.record(salt: salt(0), released: released)
        }
        return .released(bytes: released, commitment: commitment, dispositions: digests.map(\.disposition))
    }

    private func digest(_ field: FieldSchema, _ index: Int, source: [UInt8]?, release: [UInt8], isWithheld: Bool) -> Commitments.FieldDigests {
        func empty(_ disposition: Disposition) -> Commitments.FieldDigests {
            Commitments.FieldDigests(number: field.number, disposition: disposition, source: nil, release: nil)
        }
        guard !isWithheld else { return empty(.withheld) }
        let isAllowed = leaves(under: field).allSatisfy { rules[$0]?.isAllow ?? false }
        guard let source, !source.isEmpty || !release.isEmpty else { return empty(.notHeld) }
        let sourceDigest = Commitments.field(salt: salt(1 + 2 * index), number: field.number, value: source)
        guard !isAllowed else { return Commitments.FieldDigests(number: field.number, disposition: .released, source: sourceDigest, release: nil) }
        let releaseDigest = Commitments.field(salt: salt(2 + 2 * index), number: field.number, value: release)
        return Commitments.FieldDigests(number: field.number, disposition: .transformed, source: sourceDigest, release: releaseDigest)
    }

    private func salt(_ place: Int) -> ArraySlice<UInt8> {
        salts[Commitments.saltBytes * place..<Commitments.saltBytes * (place + 1)]
    }

    private func isMessage(_ field: FieldSchema) -> Bool {
        switch field.type {
        case .message, .map: true
        case .scalar, .enumeration: false
        }
    }

    private func leaves(under field: FieldSchema) -> [FieldPath] {
        schema.leaves.filter { $0.topNumber == field.number }.map(\.path)
    }

    /// Whether the policy needs one of the record's own fields, to release some of it or to decide.
    private func isRead(_ field: FieldSchema) -> Bool {
        let needsIt = leaves(under: field).contains { path in
            plain[path].map { !["drop", "null"].contains($0.name) && !($0.name == "constant" && $0.answersAbsence) } ?? false
        }
        return needsIt || (filter?.paths.contains { $0.top == field.name } ?? false)
    }

    // MARK: Encoding

    private func encode(
        _ field: FieldSchema, of record: DecodedRecord, at prefix: [String], view: RecordEmission.View, isEntry: Bool
    ) throws(Failed) -> [UInt8] {
        let names = prefix + [field.name]
        let values = record.fields[field.number] ?? []
        switch field.type {
        case .message(let child):
            var bytes: [UInt8] = []
            // What a rule says of records without a value, it says also of those without the message around it.
            let isOwed = view == .release && values.isEmpty && plain.contains { $0.key.names.starts(with: names) && $0.value.answersAbsence }
            for case .message(let message) in isOwed ? [.message(.empty)] : values {
                bytes += tagged(field.number, try encode(message, as: child, at: names, view: view, isEntry: false))
            }
            return bytes
        case .map(let key, let value):
            // Keys and values leave together or not at all.
            guard view == .source || releases(names + ["key"]) else { return [] }
            var bytes: [UInt8] = []
            for case .message(let message) in values {
                bytes += tagged(field.number, try encode(message, as: entry(field, key, value), at: names, view: view, isEntry: true))
            }
            return bytes
        case .scalar, .enumeration:
            return try encodeValues(values, field, at: names, view: view, isEntry: isEntry)
        }
    }

    private func encode(_ message: DecodedRecord, as schema: MessageSchema, at names: [String], view: RecordEmission.View, isEntry: Bool) throws(Failed) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in schema.fields { bytes += try encode(field, of: message, at: names, view: view, isEntry: isEntry) }
        return bytes
    }

    private func entry(_ field: FieldSchema, _ key: ScalarType, _ value: FieldType) -> MessageSchema {
        do throws(WireFault) {
            return try DecodedRecord.entry(field, key, value)
        } catch {
            preconditionFailure("the entry of a valid map field is valid")
        }
    }

    private func releases(_ names: [String]) -> Bool {
        FieldPath(names: names).flatMap { rules[$0] }.map { !$0.isDrop } ?? false
    }

    private func encodeValues(
        _ values: [DecodedRecord.Value], _ field: FieldSchema, at names: [String], view: RecordEmission.View, isEntry: Bool
    ) throws(Failed) -> [UInt8] {
        guard view == .source || releases(names), let path = FieldPath(names: names) else { return [] }
        if view == .release, let plain = plain[path], plain.answersAbsence { return try answer(values, field, plain, path) }
        let isFlag = view == .release && plain[path]?.name == "predicate"
        var outputs: [DecodedRecord.Value] = []
        for value in values {
            let output = view == .release ? try release(value, field, path) : value
            if case .invalid = output { continue }
            outputs.append(output)
        }
        if isEntry, values.isEmpty { outputs = [defaultValue(field)] }
        let keepsDefault = field.hasPresence || field.isRepeated || isEntry || isFlag
        let wireType = isFlag ? .varint : DecodedRecord.wireType(field.type)
        var bytes: [UInt8] = []
        var packed: [UInt8] = []
        for output in outputs {
            switch output {
            case .number(let number):
                guard number != 0 || keepsDefault else { continue }
                if field.isRepeated {
                    packed += plain(number, wireType)
                } else {
                    bytes += varint(UInt64(field.number) << 3 | UInt64(wireType.rawValue)) + plain(number, wireType)
                }
            case .bytes(let text):
                guard !text.isEmpty || keepsDefault else { continue }
                bytes += varint(UInt64(field.number) << 3 | 2) + varint(UInt64(text.count)) + text
            case .message, .invalid: continue
            }
        }
        return bytes + tagged(field.number, packed)
    }

    /// What leaves whether or not there is a value.
    private func answer(_ values: [DecodedRecord.Value], _ field: FieldSchema, _ plain: PlainTransform, _ path: FieldPath) throws(Failed) -> [UInt8] {
        let tag = UInt64(field.number) << 3
        if plain.name == "exists" {
            var isHeld = false
            for value in values {
                if case .invalid = value {
                    if rules[path]?.onError == .fail { throw Failed() }
                } else if !isDefault(value) || field.hasPresence || field.isRepeated {
                    isHeld = true
                }
            }
            return varint(tag) + [isHeld ? 1 : 0]
        }
        let kind: PlainTransform.Value
        switch field.type {
        case .scalar(.string): kind = .text("")
        case .scalar(.bool): kind = .flag(false)
        case .enumeration: kind = .name("")
        case .scalar, .message, .map: kind = .whole(0)
        }
        switch wire(plain.constant(like: kind), field.type) {
        case .bytes(let text): return varint(tag | 2) + varint(UInt64(text.count)) + text
        case .number(let number):
            let type = DecodedRecord.wireType(field.type)
            return varint(tag | UInt64(type.rawValue)) + self.plain(number, type)
        case .message, .invalid, nil: return []
        }
    }

    /// The value as the rule lets it leave; invalid where nothing leaves.
    private func release(_ value: DecodedRecord.Value, _ field: FieldSchema, _ path: FieldPath) throws(Failed) -> DecodedRecord.Value {
        guard let transform = rules[path], let plain = plain[path] else { return .invalid }
        if case .message = value { return .invalid }
        if case .invalid = value { return try failed(transform) }
        guard !transform.isAllow else { return value }
        if isDefault(value), !field.hasPresence, !field.isRepeated { return .invalid }
        guard let typed = typed(value, field.type), let output = plain.apply(typed), let wire = wire(output, field.type) else {
            return try failed(transform)
        }
        return wire
    }

    private func failed(_ transform: Transform) throws(Failed) -> DecodedRecord.Value {
        guard transform.onError == .drop else { throw Failed() }
        return .invalid
    }

    private func isDefault(_ value: DecodedRecord.Value) -> Bool {
        switch value {
        case .number(let number): number == 0
        case .bytes(let bytes): bytes.isEmpty
        case .message, .invalid: false
        }
    }

    /// Nil for what no transform takes, and for text that is too long for one.
    private func typed(_ value: DecodedRecord.Value, _ type: FieldType) -> PlainTransform.Value? {
        switch (value, type) {
        case (.bytes(let bytes), .scalar(.string)) where bytes.count <= limits.maxTransformedTextBytes:
            String(validating: bytes, as: UTF8.self).map(PlainTransform.Value.text)
        case (.number(let number), .scalar(.bool)): .flag(number != 0)
        case (.number(let number), .scalar(.double)): .real(Double(bitPattern: number))
        case (.number(let number), .scalar(let scalar)) where scalar.isInteger: .whole(scalar.integer(number))
        case (.number(let number), .enumeration(let enumeration)): enumeration.name(of: Int32(truncatingIfNeeded: number)).map(PlainTransform.Value.name)
        default: nil
        }
    }

    /// Nil for a number that the field's type cannot hold.
    private func wire(_ value: PlainTransform.Value, _ type: FieldType) -> DecodedRecord.Value? {
        switch (value, type) {
        case (.text(let text), _): .bytes(Array(text.utf8))
        case (.flag(let flag), _): .number(flag ? 1 : 0)
        case (.real(let number), _): .number(number.bitPattern)
        case (.whole(let number), .scalar(let scalar)): scalar.raw(number).map(DecodedRecord.Value.number)
        case (.name(let name), .enumeration(let enumeration)):
            enumeration.number(of: name).map { .number(UInt64(bitPattern: Int64($0))) }
        default: nil
        }
    }

    private func defaultValue(_ field: FieldSchema) -> DecodedRecord.Value {
        DecodedRecord.wireType(field.type) == .length ? .bytes([]) : .number(0)
    }

    private func tagged(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        content.isEmpty ? [] : varint(UInt64(number) << 3 | 2) + varint(UInt64(content.count)) + content
    }

    private func plain(_ number: UInt64, _ type: WireType) -> [UInt8] {
        switch type {
        case .varint: varint(number)
        case .fixed64: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        case .fixed32: (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        case .length: []
        }
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
    }

    // MARK: Filter

    private func admits(_ filter: RowFilter, _ record: DecodedRecord) -> Bool {
        switch filter {
        case .all(let parts): parts.allSatisfy { admits($0, record) }
        case .any(let parts): parts.contains { admits($0, record) }
        case .test(let path, let values): text(of: path.names[...], in: record, as: schema.root).map(values.contains) ?? false
        }
    }

    /// The field's value as a filter spells it; nil where there is none that counts.
    private func text(of names: ArraySlice<String>, in record: DecodedRecord, as schema: MessageSchema) -> String? {
        guard let name = names.first, let field = schema.field(named: name), let value = record.fields[field.number]?.last else { return nil }
        switch (field.type, value) {
        case (.message(let child), .message(let message)): return text(of: names.dropFirst(), in: message, as: child)
        case (.scalar(.string), .bytes(let bytes)): return bytes.isEmpty && !field.hasPresence ? nil : String(validating: bytes, as: UTF8.self)
        case (_, .number(0)) where !field.hasPresence: return nil
        case (.scalar(.bool), .number(let number)): return number == 0 ? "false" : "true"
        case (.scalar(let scalar), .number(let number)) where scalar.isInteger: return String(scalar.integer(number))
        case (.enumeration(let enumeration), .number(let number)): return enumeration.name(of: Int32(truncatingIfNeeded: number))
        default: return nil
        }
    }
}
