import BrokerProtocol
import Cryptography
import Storage
import Testing
import Vocabulary

@testable import Broker

/// What the metrics say of quotas while they are being used.
@Suite struct DailyUseTests {
    private let today = CalendarDate(daysSince1970: 20_000)
    private let bounds = QuotaAmount(rows: 1_000, bytes: 100_000, calls: 50)

    private func meter(_ client: UInt32, on date: CalendarDate? = nil, agreement: String = "ISA-2026-0042") -> QuotaMeter {
        .day(AgreementID(agreement)!, PrincipalNumber(client), date ?? today)
    }

    @Test func aQuotaStandsInTheBandOfTheLimitOfWhichLeastIsLeft() {
        let use = DailyUse()
        use.note(meter(1), used: QuotaAmount(rows: 500, bytes: 0, calls: 1), of: bounds)
        use.note(meter(2), used: QuotaAmount(rows: 10, bytes: 80_000, calls: 1), of: bounds)
        use.note(meter(3), used: QuotaAmount(rows: 10, bytes: 10, calls: 47), of: bounds)
        use.note(meter(4), used: QuotaAmount(rows: 960, bytes: 10, calls: 1), of: bounds)
        use.note(meter(4, agreement: "ISA-2026-0043"), used: QuotaAmount(rows: 501, bytes: 0, calls: 0), of: bounds)
        let reading = use.reading(on: today)
        #expect(reading.quotas == [.toHalf: 1, .toFourFifths: 2, .toNineteenTwentieths: 1, .toAll: 1])
        #expect(reading.mostUsed == 0.96)
    }

    @Test func aLaterChargeTakesThePlaceOfTheEarlier() {
        let use = DailyUse()
        for rows in [1, 2, 1_000] as [UInt64] { use.note(meter(1), used: QuotaAmount(rows: rows, bytes: 0, calls: 1), of: bounds) }
        #expect(use.reading(on: today).quotas == [.toAll: 1])
        #expect(use.reading(on: today).mostUsed == 1)
    }

    @Test func aNewDayBeginsAnew() {
        let use = DailyUse()
        let tomorrow = CalendarDate(daysSince1970: 20_001)
        use.note(meter(1), used: QuotaAmount(rows: 1_000, bytes: 0, calls: 1), of: bounds)
        #expect(use.reading(on: tomorrow).quotas.isEmpty)
        use.note(meter(2, on: tomorrow), used: QuotaAmount(rows: 1, bytes: 0, calls: 1), of: bounds)
        #expect(use.reading(on: tomorrow).quotas == [.toHalf: 1])
        #expect(use.reading(on: today).quotas.isEmpty)
    }

    /// The terms of the fixture allow 50 calls and 1,000 rows a day.
    @Test func anExchangeIsCountedAgainstItsClientsDay() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let agreement = try await running.agreementInForce()
        let token = try await running.token(agreement)
        let core = running.broker.core
        let query = RunningBroker.query(agreement, "QQ123456A")
        let _: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", query, token: token)
        let _: Concordat_V1_QueryResponse = try await running.call("leeds-service", "ExchangeService/Query", query, token: token)
        let reading = core.dailyUse.reading(on: core.clock.now().utcDate)
        await running.stop()
        #expect(reading.quotas == [.toHalf: 1])
        #expect(reading.mostUsed == 0.04)
    }

    @Test func tokensAreNotFollowed() {
        let use = DailyUse()
        use.note(.token(.zero, expiry: Timestamp(microseconds: 0)), used: bounds, of: bounds)
        #expect(use.reading(on: today).quotas.isEmpty)
    }

    @Test func noMoreQuotasAreFollowedThanTheBound() {
        let use = DailyUse()
        for client in 1...UInt32(DailyUse.capacity + 5) { use.note(meter(client), used: .none, of: bounds) }
        #expect(use.reading(on: today).quotas == [.toHalf: DailyUse.capacity])
        // One that is followed goes on being followed.
        use.note(meter(1), used: bounds, of: bounds)
        #expect(use.reading(on: today).quotas == [.toHalf: DailyUse.capacity - 1, .toAll: 1])
    }
}
