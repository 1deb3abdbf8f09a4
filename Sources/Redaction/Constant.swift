import ProtobufWire

/// T04. A fixed value of the field's own type in place of the record's: it says nothing of the value, and with `only_if_present=false` not even
/// that there is one.
package struct Constant: Hashable, Sendable {
    /// As terms spell it: decimal digits, `true` or `false`, the name of an enum's value, or text as it is.
    package let value: String
    /// False: it is written whether or not the source holds a value.
    package let onlyIfPresent: Bool

    static let maxBytes = 256

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        value = try reader.required("value", as: "what every record shows")
        guard (1...Constant.maxBytes).contains(value.utf8.count), value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw reader.fault("value", "give 1 to \(Constant.maxBytes) bytes without control characters; an empty value looks like absence")
        }
        onlyIfPresent = try reader.flag("only_if_present", default: true)
    }

    var parameters: [Transform.Parameter] {
        [Transform.Parameter("only_if_present", onlyIfPresent ? "true" : "false"), Transform.Parameter("value", value)]
    }

    /// The canonical wire form in a field of that type: nil for text, which has none as a number. Throws where the type does not hold the value.
    func number(in type: FieldType) throws(Transform.Unfit) -> UInt64? {
        switch type {
        case .scalar(.string): return nil
        case .scalar(.bool):
            guard value == "true" || value == "false" else {
                throw Transform.Unfit(reason: "constant value=\(value.prefix(40)) is not true or false")
            }
            return value == "true" ? 1 : 0
        case .scalar(let scalar) where scalar.isInteger:
            guard let number = Int128(value), String(number) == value, let raw = scalar.raw(number) else {
                throw Transform.Unfit(reason: "constant value=\(value.prefix(40)) is not a \(scalar.name) in decimal")
            }
            return raw
        case .enumeration(let enumeration):
            guard let number = enumeration.number(of: value) else {
                throw Transform.Unfit(reason: "constant value=\(value.prefix(40)) is no value of \(enumeration.name)")
            }
            return UInt64(bitPattern: Int64(number))
        case .scalar, .message, .map: throw Transform.Unfit(reason: "constant takes text, whole numbers, bool and enums")
        }
    }

    /// Whether the value is the default of a number, bool or enum.
    func isDefault(in type: FieldType) -> Bool {
        switch type {
        case .scalar(.string): false
        case .scalar(.bool): value == "false"
        case .enumeration(let enumeration): enumeration.number(of: value) == 0
        case .scalar, .message, .map: value == "0"
        }
    }
}
