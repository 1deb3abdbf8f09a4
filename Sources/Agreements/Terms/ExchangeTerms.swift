/// How data flows.
package struct ExchangeTerms: Hashable, Sendable {
    package let pattern: ExchangePattern
    package let frequency: String
    package let format: String?
    package let serviceLevel: String?

    static let shape = TermsShape([
        TermsField(1, "pattern", ExchangePattern.kind),
        TermsField(2, "frequency", .label(max: TermsLimits.labelBytes)),
        TermsField(3, "format", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(4, "service_level", .text(max: TermsLimits.textBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        pattern = try reader.code("pattern")
        frequency = try reader.text("frequency")
        format = reader.optionalText("format")
        serviceLevel = reader.optionalText("service_level")
    }
}

package enum ExchangePattern: String, TermsCode {
    case query
    case match
    case bulkPull = "bulk-pull"
    case bulkPush = "bulk-push"
    case event
    case aggregate

    package var number: UInt64 {
        switch self {
        case .query: 1
        case .match: 2
        case .bulkPull: 3
        case .bulkPush: 4
        case .event: 5
        case .aggregate: 6
        }
    }
}
