import Storage
import Synchronization
import Vocabulary

/// How much of each day's quota is used, for the metrics: of every client under every agreement that an exchange was charged to since the start.
/// The writer tells it after each charge; nothing is decided by it.
final class DailyUse: Sendable {
    /// How far the limit is used of which least is left.
    enum Band: String, CaseIterable, Sendable {
        case toHalf = "to_50_percent"
        case toFourFifths = "to_80_percent"
        case toNineteenTwentieths = "to_95_percent"
        case toAll = "to_100_percent"

        init(share: Double) {
            self =
                if share <= 0.5 { .toHalf } else if share <= 0.8 { .toFourFifths } else if share <= 0.95 { .toNineteenTwentieths } else { .toAll }
        }
    }

    /// What the metrics say of one day.
    struct Reading: Sendable {
        /// Quotas of that day that were charged to, by band.
        var quotas: [Band: Int] = [:]
        /// The largest share, from 0 to 1.
        var mostUsed = 0.0
    }

    /// Quotas that are followed on one day; those that would be more are not counted. Each costs about 100 bytes.
    static let capacity = 16_384

    private struct Quota: Hashable {
        let agreement: AgreementID
        let client: PrincipalNumber
    }

    private struct Day {
        var date = CalendarDate(daysSince1970: 0)
        var shares: [Quota: Double] = [:]
    }

    private let day = Mutex(Day())

    /// Called once for each charge. Another day's begins anew.
    func note(_ meter: QuotaMeter, used: QuotaAmount, of bounds: QuotaAmount) {
        guard case .day(let agreement, let client, let date) = meter else { return }
        let quota = Quota(agreement: agreement, client: client)
        day.withLock { day in
            if day.date != date { day = Day(date: date) }
            guard day.shares.count < DailyUse.capacity || day.shares[quota] != nil else { return }
            day.shares[quota] = used.share(of: bounds)
        }
    }

    func reading(on date: CalendarDate) -> Reading {
        let shares = day.withLock { $0.date == date ? Array($0.shares.values) : [] }
        return shares.reduce(into: Reading()) { reading, share in
            reading.quotas[Band(share: share), default: 0] += 1
            reading.mostUsed = max(reading.mostUsed, share)
        }
    }
}

extension QuotaAmount {
    /// The largest share of a bound that is used: of rows, bytes or calls. A bound of nothing is used up.
    fileprivate func share(of bounds: QuotaAmount) -> Double {
        [(rows, bounds.rows), (bytes, bounds.bytes), (calls, bounds.calls)]
            .map { used, bound in bound == 0 ? 1 : min(1, Double(used) / Double(bound)) }.reduce(0, max)
    }
}
