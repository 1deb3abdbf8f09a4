import ProtobufWire

/// Why a dataset schema, a transform, a row filter or a policy is refused, always before any record is read. Paths and parameters come
/// from schemas and terms, which hold no one's data.
package enum RedactionFault: Error, Hashable, Sendable {
    /// The record schema itself.
    case schema(SchemaFault)
    /// A sensitivity label that contradicts itself, its field or another label.
    case label(path: String, reason: String)
    /// A key field that cannot be one.
    case key(path: String, reason: String)
    /// A transform's name or parameter. `parameter` is empty where the name is at fault.
    case transform(name: String, parameter: String, reason: String)
    /// A rule that names no field, or that its field cannot have.
    case rule(path: String, reason: String)
    /// A row filter that cannot be decided.
    case filter(path: String, reason: String)
    /// A recipient, agreement or key that does not fit the program.
    case context(String)
    /// What another process answered for a run that could not have made it.
    case answer(String)
    /// More than the limits allow.
    case tooLarge(String)
}

extension RedactionFault: CustomStringConvertible {
    /// Names the field, the fault and the remedy.
    package var description: String {
        switch self {
        case .schema(let fault): fault.description
        case .label(let path, let reason): "field \(path): label: \(reason)"
        case .key(let path, let reason): "field \(path): key: \(reason)"
        case .transform(let name, "", let reason): "transform \(name): \(reason)"
        case .transform(let name, let parameter, let reason): "transform \(name): \(parameter): \(reason)"
        case .rule(let path, let reason): "field \(path): \(reason)"
        case .filter(let path, let reason): "row filter on \(path): \(reason)"
        case .context(let reason), .answer(let reason): reason
        case .tooLarge(let what): "too large: \(what)"
        }
    }
}
