/// How much may flow. Days are UTC days; rows, bytes and calls are counted for the agreement and the client.
package struct ExchangeLimits: Hashable, Sendable {
    package let rowsPerCall: UInt64
    package let rowsPerDay: UInt64
    package let bytesPerDay: UInt64
    package let callsPerDay: UInt64
    /// 1 to 600.
    package let tokenSeconds: UInt64
    /// Longest stream, 1 to 86,400.
    package let streamSeconds: UInt64
    package let callsPerSubjectPerDay: UInt64?

    static let shape = TermsShape([
        TermsField(1, "rows_per_call", .number(TermsLimits.count)),
        TermsField(2, "rows_per_day", .number(TermsLimits.count)),
        TermsField(3, "bytes_per_day", .number(TermsLimits.count)),
        TermsField(4, "calls_per_day", .number(TermsLimits.count)),
        TermsField(5, "token_seconds", .number(TermsLimits.tokenSeconds)),
        TermsField(6, "stream_seconds", .number(TermsLimits.streamSeconds)),
        TermsField(7, "calls_per_subject_per_day", .number(TermsLimits.count), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        rowsPerCall = try reader.number("rows_per_call")
        rowsPerDay = try reader.number("rows_per_day")
        bytesPerDay = try reader.number("bytes_per_day")
        callsPerDay = try reader.number("calls_per_day")
        tokenSeconds = try reader.number("token_seconds")
        streamSeconds = try reader.number("stream_seconds")
        callsPerSubjectPerDay = reader.optionalNumber("calls_per_subject_per_day")
    }
}
