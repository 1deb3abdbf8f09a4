/// What the ledger keeps as proof of each exchange.
package struct EvidenceTerms: Hashable, Sendable {
    package let level: EvidenceLevel
    package let request: RequestEvidence

    static let shape = TermsShape([
        TermsField(1, "level", EvidenceLevel.kind),
        TermsField(2, "request", RequestEvidence.kind),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        level = try reader.code("level")
        request = try reader.code("request")
    }
}

/// Whether commitments can be opened field by field or record by record.
package enum EvidenceLevel: String, TermsCode {
    case field
    case record

    package var number: UInt64 {
        switch self {
        case .field: 1
        case .record: 2
        }
    }
}

/// Whether the recipient signs each request.
package enum RequestEvidence: String, TermsCode {
    case none
    case signed

    package var number: UInt64 {
        switch self {
        case .none: 1
        case .signed: 2
        }
    }
}
