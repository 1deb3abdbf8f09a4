import Testing

@testable import Vocabulary

@Suite struct TimestampTests {
    @Test(arguments: [
        // RFC 3339 section 5.8 and POSIX arithmetic done by `date -u -d ... +%s`.
        ("1970-01-01T00:00:00Z", 0),
        ("1985-04-12T23:20:50.52Z", 482_196_050_520_000),
        ("2026-11-23T18:36:43.000001Z", 1_795_459_003_000_001),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
    ] as [(String, Int64)])
    func timestampsAreParsed(text: String, microseconds: Int64) {
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "2026-11-23", "2026-11-23T18:36:43", "2026-11-23T18:36:43+00:00", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T18:36:60Z", "2026-11-23T18:36:43.Z", "2026-11-23T18:36:43.0000000Z", "2026-11-23t18:36:43Z", "", "Z",
    ])
    func otherSpellingsAreRefused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func printingHasSixFractionalDigits() {
        #expect(Timestamp(microseconds: 1_795_459_003_000_001).description == "2026-11-23T18:36:43.000001Z")
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    }

    @Test func everyDayOfFourCenturiesRoundTrips() {
        var previous = CalendarDate(daysSince1970: -135_141)
        for day in -135_140...(-135_140 + 146_097 * 2) {
            let date = CalendarDate(daysSince1970: day)
            #expect(date.daysSince1970 == day && previous < date)
            previous = date
        }
    }

    @Test func secondsRoundTowardsThePast() {
        #expect(Timestamp(microseconds: -1).seconds == -1)
        #expect(Timestamp(microseconds: 1_999_999).seconds == 1)
    }
}
