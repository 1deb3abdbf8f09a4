import Authorization
import Storage
import Testing
import Vocabulary

@testable import Broker

/// What is remembered of spent quotas refuses exactly what the writer would refuse.
struct SpentQuotasTests {
    private static let bounds = QuotaAmount(rows: 10, bytes: 1_000, calls: 3)

    @Test(arguments: [
        (QuotaAmount(rows: 9, bytes: 999, calls: 2), QuotaDimension?.none), (QuotaAmount(rows: 10, bytes: 0, calls: 0), .rows),
        (QuotaAmount(rows: 0, bytes: 1_000, calls: 0), .bytes), (QuotaAmount(rows: 0, bytes: 0, calls: 3), .calls),
        (QuotaAmount(rows: 11, bytes: 1_001, calls: 4), .calls),
    ])
    func aMeterIsSpentWhereOneBoundIsReached(used: QuotaAmount, dimension: QuotaDimension?) {
        #expect(used.reached(SpentQuotasTests.bounds) == dimension)
    }

    @Test func theListStartsAgainAtItsBound() {
        let quotas = SpentQuotas()
        for number in 0..<UInt32(SpentQuotas.capacity + 10) {
            let meter = QuotaMeter.day(AgreementID("ISA-2026-0001")!, PrincipalNumber(number), CalendarDate(daysSince1970: 20_000))
            quotas.note([SpentQuotas.Spent(meter: meter, used: SpentQuotasTests.bounds)])
        }
        #expect(quotas.count <= SpentQuotas.capacity)
        #expect(quotas.count >= 10)
    }
}
