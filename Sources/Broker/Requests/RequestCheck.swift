/// One strict pass over the bytes of one request. Linear in the bytes; nesting is bounded by ``RequestGrammar/maxDepth``.
struct RequestCheck {
    private let grammar: RequestGrammar
    private let bytes: [UInt8]

    /// Throws `CallFault.invalid` with the path of the first field that is wrong.
    static func check(_ bytes: [UInt8], as message: Int, of grammar: RequestGrammar = .concordat) throws(CallFault) {
        let check = RequestCheck(grammar: grammar, bytes: bytes)
        try check.message(message, in: 0..<bytes.count, path: "", depth: 1)
    }

    private init(grammar: RequestGrammar, bytes: [UInt8]) {
        self.grammar = grammar
        self.bytes = bytes
    }

    private func message(_ index: Int, in range: Range<Int>, path: String, depth: Int) throws(CallFault) {
        guard depth <= RequestGrammar.maxDepth else {
            throw .invalid(field: path, problem: "is nested deeper than \(RequestGrammar.maxDepth) messages")
        }
        let type = grammar.messages[index]
        var seen: UInt64 = 0
        var groups: UInt64 = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let tag = try varint(&position, range.upperBound, path)
            let number = tag >> 3
            guard number <= UInt64(RequestGrammar.maxFieldNumber), let field = type.fields[Int(number)] else {
                throw .invalid(
                    field: path.isEmpty ? "(message)" : path,
                    problem: "holds field number \(number), which \(type.name.dropFirst()) does not define; remove it or update the client")
            }
            let name = path.isEmpty ? field.name : "\(path).\(field.name)"
            if !field.isRepeated {
                guard seen & (1 << UInt64(field.bit)) == 0 else { throw .invalid(field: name, problem: "stands there twice; send it once") }
                seen |= 1 << UInt64(field.bit)
            }
            if field.group >= 0 {
                guard groups & (1 << UInt64(field.group)) == 0 else {
                    throw .invalid(field: name, problem: "excludes another field that is set too; set one of them")
                }
                groups |= 1 << UInt64(field.group)
            }
            try value(field, wireType: UInt8(tag & 7), &position, range.upperBound, name, depth)
        }
    }

    private func value(
        _ field: RequestGrammar.Field, wireType: UInt8, _ position: inout Int, _ end: Int, _ name: String, _ depth: Int
    ) throws(CallFault) {
        switch field.kind {
        case .uint64, .int64, .uint32, .int32, .bool, .enumeration:
            if wireType == 2, field.isRepeated {
                let content = try length(&position, end, name)
                var inside = content.lowerBound
                while inside < content.upperBound { try number(field.kind, try varint(&inside, content.upperBound, name), name) }
            } else {
                guard wireType == 0 else { throw wrongType(name) }
                try number(field.kind, try varint(&position, end, name), name)
            }
        case .string:
            guard wireType == 2 else { throw wrongType(name) }
            let content = try length(&position, end, name)
            guard String(validating: bytes[content], as: UTF8.self) != nil else {
                throw .invalid(field: name, problem: "is not UTF-8; encode the text as UTF-8")
            }
        case .bytes:
            guard wireType == 2 else { throw wrongType(name) }
            _ = try length(&position, end, name)
        case .message(let index):
            guard wireType == 2 else { throw wrongType(name) }
            let content = try length(&position, end, name)
            try message(index, in: content, path: name, depth: depth + 1)
        }
    }

    private func number(_ kind: RequestGrammar.Kind, _ value: UInt64, _ name: String) throws(CallFault) {
        let isInRange =
            switch kind {
            case .uint32: value <= UInt64(UInt32.max)
            case .int32: Int32(exactly: Int64(bitPattern: value)) != nil
            case .bool: value <= 1
            case .enumeration(let members): Int32(exactly: Int64(bitPattern: value)).map(members.contains) ?? false
            case .uint64, .int64, .string, .bytes, .message: true
            }
        guard isInRange else { throw .invalid(field: name, problem: "has a number that its type does not hold") }
    }

    private func wrongType(_ name: String) -> CallFault {
        .invalid(field: name, problem: "has another wire type than concordat.v1 defines; generate the client from the current .proto files")
    }

    private func length(_ position: inout Int, _ end: Int, _ name: String) throws(CallFault) -> Range<Int> {
        let length = try varint(&position, end, name)
        guard length <= UInt64(end - position) else { throw .invalid(field: name, problem: "is longer than the message that holds it") }
        let start = position
        position += Int(length)
        return start..<position
    }

    private func varint(_ position: inout Int, _ end: Int, _ name: String) throws(CallFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw broken(name, "ends in the middle of a number") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { throw broken(name, "holds a number of more than 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            guard byte & 0x80 != 0 else {
                guard byte != 0 || shift == 0 else { throw broken(name, "holds a number in more bytes than it needs") }
                return value
            }
            shift += 7
        }
    }

    private func broken(_ name: String, _ problem: String) -> CallFault {
        .invalid(field: name.isEmpty ? "(message)" : name, problem: problem)
    }
}
