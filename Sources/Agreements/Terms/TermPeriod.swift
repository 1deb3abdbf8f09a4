import Vocabulary

/// When the agreement holds: from the first moment of `start` to the last moment of `end`, in UTC.
package struct TermPeriod: Hashable, Sendable {
    package let start: CalendarDate
    package let end: CalendarDate
    package let review: CalendarDate
    package let renewalNoticeDays: UInt64
    package let suspension: String?

    /// The first moment at which data may flow.
    package var startsAt: Timestamp { start.startOfDayUTC }
    /// The first moment at which it may flow no more.
    package var endsAt: Timestamp { end.advanced(days: 1).startOfDayUTC }

    static let shape = TermsShape([
        TermsField(1, "start", .date),
        TermsField(2, "end", .date),
        TermsField(3, "review", .date),
        TermsField(4, "renewal_notice_days", .number(1...366)),
        TermsField(5, "suspension", .text(max: TermsLimits.textBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        start = try reader.date("start")
        end = try reader.date("end")
        review = try reader.date("review")
        renewalNoticeDays = try reader.number("renewal_notice_days")
        suspension = reader.optionalText("suspension")
    }
}
