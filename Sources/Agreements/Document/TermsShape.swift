import Vocabulary

/// The form of one message of the terms: its fields, their keys in documents and their frozen numbers in canonical bytes
/// (`Protocols/terms.proto`). One table drives checking, canonical order, encoding and decoding, so the four cannot disagree.
struct TermsShape: Sendable {
    let fields: [TermsField]
    /// Exactly one field is present (a row filter's node).
    let isChoice: Bool
    /// The field by which elements of a list of these are told apart and sorted.
    let key: String?

    init(key: String? = nil, isChoice: Bool = false, _ fields: [TermsField]) {
        precondition(zip(fields, fields.dropFirst()).allSatisfy { $0.number < $1.number }, "fields stand in ascending number order")
        self.fields = fields
        self.isChoice = isChoice
        self.key = key
    }

    func field(_ key: String) -> TermsField? {
        fields.first { $0.key == key }
    }
}

/// One field of a message of the terms.
struct TermsField: Sendable {
    enum Presence: Sendable {
        case required
        case optional
        case list(ClosedRange<Int>)
    }

    let number: Int
    let key: String
    let kind: TermsKind
    let presence: Presence

    init(_ number: Int, _ key: String, _ kind: TermsKind, _ presence: Presence = .required) {
        self.number = number
        self.key = key
        self.kind = kind
        self.presence = presence
    }
}

/// What a field holds, in documents and on the wire.
enum TermsKind: Sendable {
    /// Text with line breaks, at most so many bytes. Wire: string.
    case text(max: Int)
    /// Text on one line. Wire: string.
    case label(max: Int)
    /// One of a closed set of words. Wire: enum.
    case code([TermsCodeEntry])
    /// Wire: uint64. Zero is never admitted, because canonical bytes leave zero out.
    case number(ClosedRange<UInt64>)
    /// Missing means false. Wire: bool.
    case flag
    /// `YYYY-MM-DD`. Wire: string.
    case date
    /// 64 lower-case hexadecimal digits. Wire: 32 bytes.
    case digest
    /// An identifier with its own grammar. Wire: string.
    case name(NameGrammar)
    /// A value to compare a field with: text, number or true/false in documents. Wire: string.
    case literal
    /// Names with text values, sorted by name. Wire: repeated message of name (1) and value (2).
    case parameters
    /// A function, because a row filter holds row filters.
    case message(@Sendable () -> TermsShape)

    /// A row filter's node.
    var isChoice: Bool {
        if case .message(let shape) = self { shape().isChoice } else { false }
    }
}

/// A word of a closed set with its number on the wire.
struct TermsCodeEntry: Sendable {
    let number: UInt64
    let slug: String
}

/// A closed set of words in terms documents. Numbers are frozen and start at 1.
package protocol TermsCode: CaseIterable, Hashable, Sendable, RawRepresentable where RawValue == String {
    /// The number in canonical bytes, never reused.
    var number: UInt64 { get }
}

extension TermsCode {
    /// Nil for a number that is not defined.
    package init?(number: UInt64) {
        guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = found
    }

    static var kind: TermsKind {
        .code(allCases.map { TermsCodeEntry(number: $0.number, slug: $0.rawValue) })
    }
}

/// Identifiers that terms contain, each admitted by its type in `Vocabulary`.
enum NameGrammar: Sendable {
    case agreement, organisation, dataset, fieldPath, purpose, legalBasis, transform, service

    func admits(_ text: String) -> Bool {
        switch self {
        case .agreement: AgreementID(text) != nil
        case .organisation: OrganisationID(text) != nil
        case .dataset: DatasetID(text) != nil
        case .fieldPath: FieldPath(text) != nil
        case .purpose: PurposeCode(text) != nil
        case .legalBasis: LegalBasisCode(text) != nil
        case .transform: TransformName(text) != nil
        case .service: ClientID(text) != nil
        }
    }

    /// What to write instead, as a clause after "Write".
    var form: String {
        switch self {
        case .agreement: "an agreement's name such as ISA-2026-0042"
        case .organisation: "an organisation's registry name such as leeds-cc"
        case .dataset: "a dataset's catalogue name such as uc.awards"
        case .fieldPath: "a field's path such as award.elements.amount_pence"
        case .purpose: "a purpose code such as council-tax-reduction"
        case .legalBasis: "a gateway code such as WRA2012-s131"
        case .transform: "a transform's name such as allow or age-band"
        case .service: "a service's registry name such as leeds-cc-ctr"
        }
    }
}
