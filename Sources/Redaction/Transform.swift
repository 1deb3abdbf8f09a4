import ProtobufWire
import Vocabulary

/// What happens to one field on its way out. Every transform is a pure function of the value, the exchange date and the keys; absent in is absent
/// out, but for `exists` and a `constant` that does not ask; and what cannot be transformed is dropped or withholds the record. It is never left as it
/// is.
package struct Transform: Hashable, Sendable {
    /// One parameter as terms hold it: text and text.
    package struct Parameter: Hashable, Sendable {
        package let key: String
        package let value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// What to do with a value that the transform cannot take.
    package enum OnError: String, Hashable, CaseIterable, Sendable {
        case drop
        /// Withhold the whole record.
        case fail
    }

    package enum Kind: Hashable, Sendable {
        case allow
        /// `asDefault` admits a field without presence, whose absence a reader cannot tell from 0 or "".
        case drop(asDefault: Bool)
        /// T03. Dropped by name: the answer's notice says that the terms withhold the field, so that nobody takes it for not held. Without
        /// the notice it is a drop, where even that it is withheld would tell.
        case null(isNoticed: Bool)
        case constant(Constant)
        case mask(Mask)
        case truncate(Truncation)
        case dateGeneralise(DateGeneralisation)
        case ageBand(AgeBand)
        case postcode(PostcodeCut)
        case bucket(Bucket)
        case round(Rounding)
        case topBottomCode(TopBottomCode)
        case pseudonym(Pseudonym)
        case predicate(Predicate)
        /// T28. Whether the source holds a value: always true or false. A value that is invalid counts as none.
        case exists
    }

    package let kind: Kind
    package let onError: OnError

    /// Every name, in the order of the reference.
    package static let names = [
        "allow", "drop", "null", "constant", "mask", "truncate", "date-generalise", "age-band", "postcode", "bucket", "round", "top-bottom-code", "pseudonym",
        "predicate", "exists",
    ]

    package static let allow = Transform(kind: .allow, onError: .drop)
    package static let drop = Transform(kind: .drop(asDefault: false), onError: .drop)

    init(kind: Kind, onError: OnError) {
        self.kind = kind
        self.onError = onError
    }

    /// Reads a transform as terms hold it. Parameters may come in any order; left out ones take their defaults. Throws `RedactionFault.transform`
    /// naming the parameter, the fault and what would do.
    package init(name: String, parameters: [Transform.Parameter] = []) throws(RedactionFault) {
        var reader = try ParameterReader(name: name, parameters: parameters)
        onError = try reader.choice("on_error", of: OnError.self, default: .drop)
        switch name {
        case "allow": kind = .allow
        case "drop": kind = .drop(asDefault: try reader.flag("drop_as_default"))
        case "null": kind = .null(isNoticed: try reader.flag("notice", default: true))
        case "constant": kind = .constant(try Constant(&reader))
        case "mask": kind = .mask(try Mask(&reader))
        case "truncate": kind = .truncate(try Truncation(&reader))
        case "date-generalise": kind = .dateGeneralise(try DateGeneralisation(&reader))
        case "age-band": kind = .ageBand(try AgeBand(&reader))
        case "postcode": kind = .postcode(try PostcodeCut(&reader))
        case "bucket": kind = .bucket(try Bucket(&reader))
        case "round": kind = .round(try Rounding(&reader))
        case "top-bottom-code": kind = .topBottomCode(try TopBottomCode(&reader))
        case "pseudonym": kind = .pseudonym(try Pseudonym(&reader))
        case "predicate": kind = .predicate(try Predicate(&reader))
        case "exists": kind = .exists
        default:
            throw .transform(
                name: String(name.prefix(40)), parameter: "", reason: "unknown; use one of \(Transform.names.joined(separator: ", "))")
        }
        try reader.finish()
        // It reads no value, so that none can fail.
        if isUnread, onError == .fail { throw reader.fault("on_error", "a constant with only_if_present=false never fails; remove it") }
    }

    package var name: String {
        switch kind {
        case .allow: "allow"
        case .drop: "drop"
        case .null: "null"
        case .constant: "constant"
        case .mask: "mask"
        case .truncate: "truncate"
        case .dateGeneralise: "date-generalise"
        case .ageBand: "age-band"
        case .postcode: "postcode"
        case .bucket: "bucket"
        case .round: "round"
        case .topBottomCode: "top-bottom-code"
        case .pseudonym: "pseudonym"
        case .predicate: "predicate"
        case .exists: "exists"
        }
    }

    /// All parameters in canonical form, defaults that matter included, ascending by key. `Transform(name:parameters:)` gives the same value back.
    package var parameters: [Transform.Parameter] {
        var all: [Transform.Parameter]
        switch kind {
        case .allow, .exists: all = []
        case .drop(let asDefault): all = asDefault ? [Transform.Parameter("drop_as_default", "true")] : []
        case .null(let isNoticed): all = [Transform.Parameter("notice", isNoticed ? "true" : "false")]
        case .constant(let constant): all = constant.parameters
        case .mask(let mask): all = mask.parameters
        case .truncate(let truncation): all = truncation.parameters
        case .dateGeneralise(let generalisation): all = generalisation.parameters
        case .ageBand(let band): all = band.parameters
        case .postcode(let cut): all = cut.parameters
        case .bucket(let bucket): all = bucket.parameters
        case .round(let rounding): all = rounding.parameters
        case .topBottomCode(let code): all = code.parameters
        case .pseudonym(let pseudonym): all = pseudonym.parameters
        case .predicate(let predicate): all = predicate.parameters
        }
        if onError == .fail { all.append(Transform.Parameter("on_error", "fail")) }
        return all.sorted { $0.key < $1.key }
    }

    /// Canonical protobuf: name 1, repeated parameter 2 { key 1, value 2 }, ascending by key.
    package var canonicalBytes: [UInt8] {
        var writer = WireWriter()
        writer.string(1, name)
        for parameter in parameters {
            writer.message(2) { entry in
                entry.string(1, parameter.key)
                entry.string(2, parameter.value)
            }
        }
        return writer.bytes
    }

    /// Reads `canonicalBytes`, and nothing that they would not have said.
    package init(canonicalBytes: [UInt8]) throws(RedactionFault) {
        var name = ""
        var parameters: [Transform.Parameter] = []
        do throws(WireFault) {
            var reader = CanonicalReader(canonicalBytes)
            while let field = try reader.next() {
                switch field.number {
                case 1: name = try field.string()
                case 2:
                    var entry = CanonicalReader(try field.messageElement())
                    var key = ""
                    var value = ""
                    while let part = try entry.next() {
                        switch part.number {
                        case 1: key = try part.string()
                        case 2: value = try part.string()
                        default: throw .unknownField(part.number)
                        }
                    }
                    parameters.append(Transform.Parameter(key, value))
                default: throw .unknownField(field.number)
                }
            }
        } catch {
            throw .transform(name: String(name.prefix(40)), parameter: "", reason: "its bytes are not canonical (\(error))")
        }
        try self.init(name: name, parameters: parameters)
        guard self.canonicalBytes == canonicalBytes else {
            throw .transform(name: self.name, parameter: "", reason: "its bytes are not canonical")
        }
    }
}

extension Transform: CustomStringConvertible {
    /// The name and the parameters, as screens show it: `mask keep_last=4`.
    package var description: String {
        ([name] + parameters.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
    }
}
