import ProtobufWire
import Vocabulary

/// A role of a principal within its organisation.
package struct RoleRecord: Sendable, Equatable, EntryMessage {
    package var principal: PrincipalNumber
    /// As `Agreements` prints roles.
    package var role: String

    package init(principal: PrincipalNumber, role: String) {
        self.principal = principal
        self.role = role
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(principal.value))
        writer.string(2, role)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var principal: PrincipalNumber?, role: String?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: principal = try field.principal()
            case 2: role = try field.name()
            default: throw .unknownField(field.number)
            }
        }
        self.init(principal: try required(principal, 1), role: try required(role, 2))
    }
}
