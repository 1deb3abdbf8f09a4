import ProtobufWire
import Vocabulary

@testable import Redaction

/// SplitMix64: the same numbers on every machine for one seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0..<count, the same on every machine.
    mutating func below(_ count: Int) -> Int {
        Int(next() % UInt64(count))
    }

    mutating func chance(_ percent: Int) -> Bool {
        below(100) < percent
    }

    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[below(list.count)]
    }
}

/// Random schemas, policies and records for the comparison of the walk with the oracle.
struct Generator {
    var random: Seeded
    private var types = 0

    init(seed: UInt64) {
        random = Seeded(seed)
    }

    // MARK: Schemas

    mutating func schema() throws -> DatasetSchema {
        let root = try message(depth: 1)
        return try DatasetSchema(
            packageName: "random", root: root, labels: [:], keys: [], isSynthetic: random.chance(50), isStrict: random.chance(25))
    }

    private mutating func message(depth: Int) throws -> MessageSchema {
        types += 1
        let name = "M\(types)"
        let candidates = [1, 2, 3, 4, 5, 7, 15, 16, 100, 255, 256, 2_047, 2_048, 18_999, 20_000, 536_870_910]
        var numbers: Set<Int> = []
        for _ in 0...random.below(6) { numbers.insert(random.pick(candidates)) }
        var fields: [FieldSchema] = []
        for number in numbers.sorted() { fields.append(try field(number, depth: depth)) }
        return try MessageSchema(name: name, fields: fields)
    }

    private mutating func field(_ number: Int, depth: Int) throws -> FieldSchema {
        let name = "f\(number)"
        switch random.below(10) {
        case 0 where depth < 4, 1 where depth < 4:
            let child = FieldType.message(try message(depth: depth + 1))
            return try FieldSchema(number: number, name: name, type: child, cardinality: cardinality([.singular, .repeated, .oneof("choice")]))
        case 2:
            let keys = ScalarType.allCases.filter(\.isMapKey)
            let value: FieldType
            switch random.below(4) {
            case 0 where depth < 3: value = .message(try message(depth: depth + 2))
            case 1: value = try enumeration()
            default: value = .scalar(random.pick(ScalarType.allCases))
            }
            return try FieldSchema(number: number, name: name, type: .map(key: random.pick(keys), value: value), cardinality: .repeated)
        case 3:
            let type = try enumeration()
            return try FieldSchema(number: number, name: name, type: type, cardinality: cardinality([.singular, .optional, .repeated, .oneof("choice")]))
        default:
            let scalar = random.chance(40) ? ScalarType.string : random.pick(ScalarType.allCases)
            return try FieldSchema(
                number: number, name: name, type: .scalar(scalar), cardinality: cardinality([.singular, .optional, .repeated, .oneof("choice"), .optional]))
        }
    }

    private mutating func cardinality(_ choices: [Cardinality]) -> Cardinality {
        random.pick(choices)
    }

    private mutating func enumeration() throws -> FieldType {
        types += 1
        let values = [0, 1, 5, -3].map { EnumSchema.Value(name: "E\(types)_\($0 < 0 ? "N" : "P")\(abs($0))", number: Int32($0)) }
        return .enumeration(try EnumSchema(name: "E\(types)", values: values))
    }

    // MARK: Policies

    mutating func program(_ schema: DatasetSchema, allowsOnly: Bool = false) throws -> RedactionProgram {
        var rules: [FieldPath: Transform] = [:]
        for leaf in schema.leaves {
            guard random.chance(70) else { continue }
            rules[leaf.path] = try allowsOnly ? .allow : (random.chance(50) ? allow() : fitting(leaf, schema))
        }
        try repairMaps(schema.root, at: [], &rules)
        if rules.isEmpty, let leaf = schema.leaves.first {
            rules[leaf.path] = .allow
            try repairMaps(schema.root, at: [], &rules)
            if rules.isEmpty { return try program(schema, allowsOnly: allowsOnly) }
        }
        let list = rules.sorted { $0.key < $1.key }.map { ReleaseRule(path: $0.key, transform: $0.value) }
        return try RedactionProgram(
            schema: schema, rules: list, rowFilter: !allowsOnly && random.chance(40) ? try filter(schema) : nil, context: try context())
    }

    private mutating func allow() throws -> Transform {
        try Redaction.Transform(name: "allow", parameters: random.chance(10) ? [Transform.Parameter("on_error", "fail")] : [])
    }

    /// A transform that its place in the record admits too.
    private mutating func fitting(_ leaf: DatasetSchema.Leaf, _ schema: DatasetSchema) throws -> Transform {
        let transform = try transform(leaf.type)
        guard ["constant", "top-bottom-code", "exists"].contains(transform.name) else { return transform }
        let alone = [ReleaseRule(path: leaf.path, transform: transform)]
        return (try? RedactionProgram(schema: schema, rules: alone, rowFilter: nil, context: context())) == nil ? .allow : transform
    }

    private mutating func transform(_ type: FieldType) throws -> Transform {
        let texts: [(String, [String: String])] = [
            ("mask", ["keep_last": "2"]), ("mask", ["keep_first": "1", "preserve_len": "true", "keep_set": "- "]), ("age-band", ["bands": "0,18,65"]),
            ("postcode", ["level": "sector"]), ("round", ["base": "0.5", "mode": "half_up"]), ("bucket", ["edges": "-10,0,10,100", "out_of_range": "clamp"]),
            ("pseudonym", ["scope": "agreement", "domain": "ref", "canon": "opaque.v1"]), ("postcode", ["level": "area", "on_error": "fail"]),
            ("constant", ["value": "held back"]), ("constant", ["value": "-", "only_if_present": "false"]), ("truncate", ["max": "3", "side": "last"]),
            ("date-generalise", ["unit": "quarter"]), ("date-generalise", ["unit": "tax_year", "shape": "first_day"]), ("top-bottom-code", ["lo": "-5.5", "hi": "12"]),
            ("top-bottom-code", ["hi": "12.5", "labels": "12.5 and over"]), ("predicate", ["as": "age", "op": "ge", "value": "18"]),
            ("predicate", ["as": "text", "op": "in", "value": "a,LS1 4AP"]), ("exists", [:]), ("exists", ["on_error": "fail"]),
        ]
        let numbers: [(String, [String: String])] = [
            ("round", ["base": "5"]), ("round", ["base": "100", "mode": "half_up", "on_error": "fail"]), ("bucket", ["edges": "0,1,10,1000"]),
            ("constant", ["value": "42"]), ("constant", ["value": "7", "only_if_present": "false"]), ("top-bottom-code", ["lo": "1", "hi": "100"]),
            ("top-bottom-code", ["lo": "5", "hi": "99", "labels": "few,many"]), ("predicate", ["as": "number", "op": "le", "value": "7"]), ("exists", [:]),
        ]
        let doubles: [(String, [String: String])] = [("round", ["base": "10"]), ("top-bottom-code", ["lo": "-20", "hi": "12"]), ("exists", [:])]
        let flags: [(String, [String: String])] = [
            ("constant", ["value": "true"]), ("constant", ["value": "true", "only_if_present": "false"]), ("predicate", ["as": "text", "op": "ne", "value": "true"]), ("exists", [:]),
        ]
        let choices: [(String, [String: String])]
        switch type {
        case .scalar(.string): choices = texts
        case .scalar(.double): choices = doubles
        case .scalar(.bool): choices = flags
        case .scalar(let scalar): choices = scalar.isInteger ? numbers : [("exists", [:]), ("allow", ["on_error": "fail"])]
        case .enumeration(let enumeration):
            let names = enumeration.values.map(\.name)
            choices = [
                ("constant", ["value": names[2]]), ("constant", ["value": names[1], "only_if_present": "false"]), ("exists", [:]),
                ("predicate", ["as": "text", "op": "in", "value": "\(names[1]),\(names[3])"]), ("predicate", ["as": "text", "op": "ne", "value": names[1], "on_error": "fail"]),
            ]
        case .message, .map: return .allow
        }
        let choice = random.pick(choices)
        return try Redaction.Transform(name: choice.0, parameters: choice.1.map { Transform.Parameter($0.key, $0.value) })
    }

    /// Key and value of a map go together, the key and a plain value as they are.
    private func repairMaps(_ message: MessageSchema, at prefix: [String], _ rules: inout [FieldPath: Transform]) throws {
        for field in message.fields {
            let names = prefix + [field.name]
            switch field.type {
            case .scalar, .enumeration: break
            case .message(let child): try repairMaps(child, at: names, &rules)
            case .map(_, let value):
                let key = try path((names + ["key"]).joined(separator: "."))
                let inside = try path((names + ["value"]).joined(separator: "."))
                if case .message(let child) = value {
                    try repairMaps(child, at: names + ["value"], &rules)
                } else if rules[inside] != nil {
                    rules[inside] = .allow
                }
                rules[key] = rules.keys.contains { inside.contains($0) } ? .allow : nil
            }
        }
    }

    private mutating func filter(_ schema: DatasetSchema) throws -> RowFilter? {
        var tests: [RowFilter] = []
        for leaf in schema.leaves {
            guard let values = testValues(leaf.path, schema.root), random.chance(40) else { continue }
            tests.append(.test(leaf.path, anyOf: values))
        }
        guard !tests.isEmpty else { return nil }
        return random.chance(50) ? .any(tests) : .all([.any(tests), tests[0]])
    }

    /// Values that the records have often; nil where the leaf cannot be tested.
    private func testValues(_ path: FieldPath, _ root: MessageSchema) -> [String]? {
        var message: MessageSchema? = root
        for name in path.names {
            guard let field = message?.field(named: name), !field.isRepeated else { return nil }
            message = nil
            switch field.type {
            case .message(let child): message = child
            case .scalar(.string): return ["a", "LS1 4AP", "2000-02-29", "é"]
            case .scalar(.bool): return ["true"]
            case .scalar(let scalar): return scalar.isInteger ? ["1", "5", "7"] : nil
            case .enumeration(let enumeration): return [enumeration.values[1].name]
            case .map: return nil
            }
        }
        return nil
    }

    // MARK: Records

    mutating func record(_ schema: DatasetSchema) -> [UInt8] {
        var bytes = encode(schema.root, depth: 1, isClean: schema.isStrict && random.chance(60))
        guard random.chance(25) else { return bytes }
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[place] ^= 1 << UInt8(random.below(8))
            case 1: bytes[place] = UInt8(random.below(256))
            case 2: bytes.insert(UInt8(random.below(256)), at: place)
            default: bytes.removeLast(random.below(bytes.count))
            }
        }
        return bytes
    }

    /// `isClean` writes what a strict reader accepts: each field once, packed, minimal.
    private mutating func encode(_ message: MessageSchema, depth: Int, isClean: Bool) -> [UInt8] {
        var pieces: [[UInt8]] = []
        var groups: Set<String> = []
        for field in message.fields {
            guard random.chance(75) else { continue }
            if isClean, case .oneof(let group) = field.cardinality, !groups.insert(group).inserted { continue }
            let times = isClean ? 1 : (random.chance(20) ? 2 : 1)
            for _ in 0..<times { pieces += occurrences(field, depth: depth, isClean: isClean) }
        }
        if !isClean, random.chance(20) { pieces.append(unknown()) }
        if !isClean, random.chance(50) { pieces.shuffle(using: &random) }
        return Array(pieces.joined())
    }

    private mutating func occurrences(_ field: FieldSchema, depth: Int, isClean: Bool) -> [[UInt8]] {
        switch field.type {
        case .message(let child):
            let count = field.isRepeated ? 1 + random.below(3) : 1
            return (0..<count).map { _ in block(field.number, encode(child, depth: depth + 1, isClean: isClean)) }
        case .map(let key, let value):
            var entries: [[UInt8]] = []
            for _ in 0..<(isClean ? 1 : 1 + random.below(4)) { entries.append(block(field.number, entry(key, value, depth: depth, isClean: isClean))) }
            return entries
        case .scalar(let scalar): return scalars(field, scalar, values: nil, isClean: isClean)
        case .enumeration(let enumeration): return scalars(field, .int32, values: enumeration, isClean: isClean)
        }
    }

    private mutating func entry(_ key: ScalarType, _ value: FieldType, depth: Int, isClean: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        if isClean || random.chance(85) { bytes += tag(1, key.wireType) + scalar(key, isClean: isClean) }
        guard isClean || random.chance(85) else { return bytes }
        switch value {
        case .scalar(let scalar): bytes += tag(2, scalar.wireType) + self.scalar(scalar, isClean: isClean)
        case .enumeration(let enumeration): bytes += tag(2, .varint) + number(enumeration, isClean: isClean)
        case .message(let child): bytes += block(2, encode(child, depth: depth + 2, isClean: isClean))
        case .map: break
        }
        return bytes
    }

    private mutating func scalars(_ field: FieldSchema, _ scalar: ScalarType, values: EnumSchema?, isClean: Bool) -> [[UInt8]] {
        if !isClean, random.chance(6) { return [tag(field.number, .fixed32) + [1, 2, 3, 4]] }
        if !isClean, random.chance(4) { return [block(field.number, [8, 1])] }
        let count = field.isRepeated ? 1 + random.below(4) : 1
        var elements: [[UInt8]] = []
        for _ in 0..<count { elements.append(values.map { number($0, isClean: isClean) } ?? self.scalar(scalar, isClean: isClean, nonzero: isClean && !field.hasPresence && !field.isRepeated)) }
        guard field.isRepeated, scalar.isPackable, isClean || random.chance(60) else {
            return elements.map { tag(field.number, scalar.wireType) + $0 }
        }
        return [block(field.number, Array(elements.joined()))]
    }

    private mutating func number(_ enumeration: EnumSchema, isClean: Bool) -> [UInt8] {
        let number = isClean ? 5 : random.pick([0, 1, 5, -3, 9, 1])
        return Wire.varint(UInt64(bitPattern: Int64(number)))
    }

    private mutating func scalar(_ type: ScalarType, isClean: Bool, nonzero: Bool = false) -> [UInt8] {
        switch type.wireType {
        case .length:
            let pool = ["", "a", "2000-02-29", "1990-05-17", "LS1 4AP", "ls14ap", "12.5", "-7.25", "QQ123456A", "é", "a-b c\u{200b}", "99999999999999999999"]
            var text = Array(random.pick(pool).utf8)
            if nonzero, text.isEmpty { text = [97] }
            if !isClean, random.chance(6) { text.append(0xc3) }
            return Wire.varint(UInt64(text.count)) + text
        case .varint:
            let pool: [UInt64] = [0, 1, 5, 7, 12, 99, 150, 0xffff_ffff, 1 << 32 | 7, 1 << 63, .max, UInt64(bitPattern: -3)]
            let small: [UInt64] = [1, 1, 1]
            let value = isClean ? random.pick(type == .bool ? small : [1, 5, 7, 150]) : random.pick(pool)
            let minimal = Wire.varint(value)
            guard !isClean, random.chance(8), minimal.count < 9 else { return minimal }
            return minimal.dropLast() + [minimal[minimal.count - 1] | 0x80, 0x80, 0]
        case .fixed64:
            let pool: [UInt64] = [0, 1, 0x8000_0000_0000_0000, 0x7ff8_0000_0000_0001, 0x7ff0_0000_0000_0000, (12.5).bitPattern, (-25.0).bitPattern, 7]
            let value = isClean ? 1 : random.pick(pool)
            return (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        case .fixed32:
            let pool: [UInt64] = [0, 1, 0x8000_0000, 0x7fc0_0001, 0x7f80_0000, 7, 0xffff_fffd]
            let value = isClean ? 1 : random.pick(pool)
            return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
    }

    private mutating func unknown() -> [UInt8] {
        switch random.below(4) {
        case 0: tag(9, .varint) + [1]
        case 1: block(999, [0xff, 0xff])
        case 2: tag(77, .fixed64) + [1, 2, 3, 4, 5, 6, 7, 8]
        default: tag(12, .fixed32) + [1, 2, 3, 4]
        }
    }

    private func tag(_ number: Int, _ type: WireType) -> [UInt8] {
        Wire.varint(UInt64(number) << 3 | UInt64(type.rawValue))
    }

    private func block(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        tag(number, .length) + Wire.varint(UInt64(content.count)) + content
    }
}
