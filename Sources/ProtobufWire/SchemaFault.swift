/// Why a schema is not acceptable. Names are those of the schema's author; a schema holds no one's data.
package enum SchemaFault: Error, Hashable, Sendable {
    /// Bytes that are not a canonical descriptor set.
    case wire(WireFault)
    /// A descriptor that uses something outside the accepted subset of proto3, such as a dependency, an extension or an option.
    case unsupported(String)
    /// A name that is not an identifier of at most 64 ASCII letters, digits and `_`, starting with a letter.
    case name(String)
    /// A field number outside 1...536870910, or in 19000...19999.
    case number(field: String, Int)
    /// Two fields of a message with one number, or with names that differ in case and underscores only.
    case duplicate(message: String, field: String)
    /// A type that cannot stand where it does, such as a float as map key.
    case type(field: String, reason: String)
    /// An enum without a value 0, with two values of one number or name, or with too many.
    case enumeration(String, reason: String)
    /// A message without fields: there would be nothing to list.
    case empty(message: String)
    /// Two different messages or enums with the same name.
    case conflict(String)
    /// More levels, fields, leaves or bytes than the limits allow.
    case tooLarge(String)
}

extension SchemaFault: CustomStringConvertible {
    /// Names the place, the fault and the remedy.
    package var description: String {
        switch self {
        case .wire(let fault): "schema: the bytes are not a canonical descriptor set (\(fault)); send them as `describe` gives them"
        case .unsupported(let what): "schema: \(what) is not supported; remove it"
        case .name(let name): "schema: '\(name.prefix(80))' is not a name; use a letter, then letters, digits and '_', at most 64"
        case .number(let field, let number): "field \(field): number \(number) is not allowed; use 1 to 536870910 outside 19000 to 19999"
        case .duplicate(let message, let field): "message \(message): field \(field) repeats a number or a name; give each field its own"
        case .type(let field, let reason): "field \(field): \(reason)"
        case .enumeration(let name, let reason): "enum \(name): \(reason)"
        case .empty(let message): "message \(message): it has no field; add one or remove the message"
        case .conflict(let name): "schema: two different types are called \(name); rename one"
        case .tooLarge(let what): "schema: too large: \(what)"
        }
    }
}
