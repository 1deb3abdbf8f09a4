/// An enum of a runtime schema: its values in ascending order of number, zero first, as proto3 wants it.
package struct EnumSchema: Hashable, Sendable {
    package struct Value: Hashable, Sendable {
        package let name: String
        package let number: Int32
        package init(name: String, number: Int32) {
            self.name = name
            self.number = number
        }
    }

    package let name: String
    package let values: [Value]

    /// Sorts the values. Throws `SchemaFault.enumeration` where there is no value 0 or a number or name stands twice.
    package init(name: String, values: [Value], limits: SchemaLimits = .standard) throws(SchemaFault) {
        try requireName(name)
        guard values.count <= limits.maxEnumValues else { throw .enumeration(name, reason: "more than \(limits.maxEnumValues) values") }
        let sorted = values.sorted { ($0.number != 0 ? 1 : 0, $0.number) < ($1.number != 0 ? 1 : 0, $1.number) }
        guard let first = sorted.first, first.number == 0 else {
            throw .enumeration(name, reason: "no value has the number 0; add one such as UNSPECIFIED")
        }
        var names: Set<String> = []
        for (index, value) in sorted.enumerated() {
            try requireName(value.name)
            guard names.insert(value.name).inserted, index == 0 || sorted[index - 1].number != value.number else {
                throw .enumeration(name, reason: "value \(value.name) repeats a number or a name")
            }
        }
        self.name = name
        self.values = sorted
    }

    /// Whether the number is defined. Undefined ones are errors in a record, not open values: a policy cannot have listed them.
    package func contains(_ number: Int32) -> Bool {
        index(of: number) != nil
    }

    /// The name of a number, or nil.
    package func name(of number: Int32) -> String? {
        index(of: number).map { values[$0].name }
    }

    /// The number of a name, or nil.
    package func number(of name: String) -> Int32? {
        values.first { $0.name == name }?.number
    }

    private func index(of number: Int32) -> Int? {
        guard number != 0 else { return 0 }
        var low = 1
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle].number == number { return middle }
            if values[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

/// A letter, then letters, digits and `_`, ASCII, at most 64 bytes.
func requireName(_ name: String) throws(SchemaFault) {
    let bytes = name.utf8
    guard let first = bytes.first, bytes.count <= SchemaLimits.standard.maxNameBytes, isLetter(first),
        bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") })
    else { throw .name(name) }
}

func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
