import ProtobufWire

/// What a field of a dataset means for the people in it. Written in a schema as field option 51234.
package struct Sensitivity: Hashable, Sendable {
    /// How the value must be handled at all. Raw values are the option's; 0 is treated as personal.
    package enum Level: UInt32, Hashable, CaseIterable, Comparable, Sendable {
        case unspecified = 0
        case `public` = 1
        case official = 2
        case personal = 3
        case specialCategory = 4
        case criminal = 5
        case restrictedRecord = 6

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// What the field does for re-identification. Raw values are the option's; 0 is treated as a direct identifier.
    package enum Role: UInt32, Hashable, CaseIterable, Sendable {
        case unspecified = 0
        case directIdentifier = 1
        case quasiIdentifier = 2
        case attribute = 3
        case freeText = 4
        case consentFlag = 5
        case subjectKey = 6
        case linkKey = 7
    }

    package let level: Level
    package let role: Role
    /// The kind of identifier or fact, such as `nino` or `dob`; empty where none is named. Fields of one domain tell about one another.
    package let domain: String
    /// The canonicaliser of the values, where they have one.
    package let canon: Canonicaliser?
    /// Bits of entropy that a value has at least; 0 where nobody knows.
    package let minEntropyBits: UInt32
    /// Recipient classes that must not be given the field under any terms.
    package let neverTo: [String]

    /// What a field without a label is taken for.
    package static let unlabelled = Sensitivity()

    /// Classes are sorted and made unique. Throws where `domain` or a class is not a slug.
    package init(
        level: Level, role: Role, domain: String = "", canon: Canonicaliser? = nil, minEntropyBits: UInt32 = 0, neverTo: [String] = [],
        path: FieldPathText
    ) throws(RedactionFault) {
        guard domain.isEmpty || isSlug(domain) else {
            throw .label(path: path, reason: "domain '\(domain.prefix(40))' is not a name; use up to 32 of a-z, 0-9 and -")
        }
        guard neverTo.count <= 16, neverTo.allSatisfy(isSlug) else {
            throw .label(path: path, reason: "never_to takes up to 16 classes of up to 32 of a-z, 0-9 and -")
        }
        guard minEntropyBits <= 512 else { throw .label(path: path, reason: "entropy is given in bits, 512 at most") }
        self.level = level
        self.role = role
        self.domain = domain
        self.canon = canon
        self.minEntropyBits = minEntropyBits
        self.neverTo = Set(neverTo).sorted()
    }

    private init() {
        level = .unspecified
        role = .unspecified
        domain = ""
        canon = nil
        minEntropyBits = 0
        neverTo = []
    }

    /// The level with its safe reading: no level is personal.
    package var effectiveLevel: Level { level == .unspecified ? .personal : level }

    /// The role with its safe reading: no role is a direct identifier.
    package var effectiveRole: Role { role == .unspecified ? .directIdentifier : role }

    /// Canonical protobuf: level 1, role 2, domain 3, canon 4, min_entropy_bits 5, never_to 6. Empty for `unlabelled`.
    package var canonicalBytes: [UInt8] {
        var writer = WireWriter()
        writer.varint(1, UInt64(level.rawValue))
        writer.varint(2, UInt64(role.rawValue))
        writer.string(3, domain)
        writer.string(4, canon?.rawValue ?? "")
        writer.varint(5, UInt64(minEntropyBits))
        for name in neverTo { writer.element(6, name) }
        return writer.bytes
    }

    /// Reads `canonicalBytes` strictly.
    package init(canonicalBytes: [UInt8], path: FieldPathText) throws(RedactionFault) {
        var raw = Raw()
        do throws(WireFault) {
            try raw.read(canonicalBytes)
        } catch {
            throw .label(path: path, reason: "its bytes are not a canonical label (\(error))")
        }
        guard let level = Level(rawValue: raw.level), let role = Role(rawValue: raw.role) else {
            throw .label(path: path, reason: "the level or role number is not defined")
        }
        var canon: Canonicaliser?
        if !raw.canon.isEmpty {
            guard let known = Canonicaliser(rawValue: raw.canon) else {
                throw .label(path: path, reason: "canon '\(raw.canon.prefix(40))' is unknown; use one of \(Canonicaliser.allNames)")
            }
            canon = known
        }
        try self.init(
            level: level, role: role, domain: raw.domain, canon: canon, minEntropyBits: raw.entropy, neverTo: raw.neverTo, path: path)
        guard self.canonicalBytes == canonicalBytes else { throw .label(path: path, reason: "its bytes are not canonical") }
    }

    private struct Raw {
        var level: UInt32 = 0
        var role: UInt32 = 0
        var domain = ""
        var canon = ""
        var entropy: UInt32 = 0
        var neverTo: [String] = []

        mutating func read(_ bytes: [UInt8]) throws(WireFault) {
            var reader = CanonicalReader(bytes)
            while let field = try reader.next() {
                switch field.number {
                case 1: level = try field.uint32()
                case 2: role = try field.uint32()
                case 3: domain = try field.string()
                case 4: canon = try field.string()
                case 5: entropy = try field.uint32()
                case 6: neverTo.append(try field.stringElement())
                default: throw .unknownField(field.number)
                }
            }
        }
    }
}

/// A dotted path as an error message shows it.
package typealias FieldPathText = String

extension Sensitivity.Level {
    /// The spelling used in YAML and on screens.
    package var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .public: "public"
        case .official: "official"
        case .personal: "personal"
        case .specialCategory: "special-category"
        case .criminal: "criminal"
        case .restrictedRecord: "restricted-record"
        }
    }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

extension Sensitivity.Role {
    /// The spelling used in YAML and on screens.
    package var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .directIdentifier: "direct-id"
        case .quasiIdentifier: "quasi-id"
        case .attribute: "attribute"
        case .freeText: "free-text"
        case .consentFlag: "consent-flag"
        case .subjectKey: "subject-key"
        case .linkKey: "link-key"
        }
    }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// 1 to 32 of `a-z`, `0-9` and `-`, starting with a letter.
func isSlug(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 32, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
    return bytes.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDecimalDigit(byte) || byte == UInt8(ascii: "-")
    }
}

func isDecimalDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
