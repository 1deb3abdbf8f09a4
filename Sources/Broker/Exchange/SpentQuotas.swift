import Authorization
import Storage
import Synchronization
import Vocabulary

/// Meters that are known to be used up. The writer alone charges quotas, exactly; this only saves the read of a request that it is bound to refuse,
/// so that a client over its quota costs no source anything.
final class SpentQuotas: Sendable {
    /// A meter with what is used of it.
    struct Spent: Sendable {
        let meter: QuotaMeter
        let used: QuotaAmount
    }

    /// Meters remembered; beyond that the list starts again, and the writer refuses as it would have.
    static let capacity = 16_384

    private let known = Mutex<[QuotaMeter: QuotaAmount]>([:])
    /// Most brokers have no spent meter at most times: then a call pays for one load.
    private let hasAny = Atomic<Bool>(false)

    var count: Int { known.withLock { $0.count } }

    func note(_ spent: [Spent]) {
        guard !spent.isEmpty else { return }
        known.withLock { known in
            if known.count + spent.count > SpentQuotas.capacity { known = [:] }
            for one in spent { known[one.meter] = one.used }
        }
        hasAny.store(true, ordering: .releasing)
    }

    /// The refusal of one more call under these meters and bounds; nil where the writer has to decide.
    func refusal(_ meters: ExchangeMeters) -> CallFault? {
        guard hasAny.load(ordering: .acquiring) else { return nil }
        let (day, token) = known.withLock { ($0[meters.day], $0[meters.token]) }
        if let dimension = day?.reached(meters.perDay) { return ExchangeMeters.dayExceeded(dimension) }
        if let dimension = token?.reached(meters.perToken) { return ExchangeMeters.tokenExceeded(dimension) }
        return nil
    }
}

/// The two meters that one exchange is charged to, with their bounds.
struct ExchangeMeters: Sendable {
    let day: QuotaMeter
    let perDay: QuotaAmount
    let token: QuotaMeter
    let perToken: QuotaAmount
    /// Whether one more call is charged, and not only more of a call that runs.
    private let isNewCall: Bool

    /// - Parameter date: the UTC day that is charged.
    init(_ exchange: Exchange, date: CalendarDate) {
        let charge = exchange.charge
        day = .day(charge.agreement, exchange.call.caller.principal.number, date)
        perDay = QuotaAmount(charge.perDay)
        token = .token(exchange.token.signed.tokenDigest, expiry: exchange.token.signed.claims.expiry)
        perToken = QuotaAmount(charge.perToken)
        isNewCall = exchange.isNewCall
    }

    /// Where a meter is empty: it refuses also what would use nothing of it, because whether a person is held must not show in what a spent quota
    /// lets through.
    func refusal(_ dayUsed: QuotaAmount, _ tokenUsed: QuotaAmount) -> ExchangeAct.Refusal? {
        if let dimension = dayUsed.reached(perDay, byNewCall: isNewCall) {
            return ExchangeAct.Refusal(fault: ExchangeMeters.dayExceeded(dimension), spent: [SpentQuotas.Spent(meter: day, used: dayUsed)])
        }
        if let dimension = tokenUsed.reached(perToken, byNewCall: isNewCall) {
            return ExchangeAct.Refusal(fault: ExchangeMeters.tokenExceeded(dimension), spent: [SpentQuotas.Spent(meter: token, used: tokenUsed)])
        }
        return nil
    }

    /// The bound that this use would pass; nil where it fits.
    func excess(of usage: QuotaAmount, _ dayUsed: QuotaAmount, _ tokenUsed: QuotaAmount) -> CallFault? {
        if case .failure(let excess) = dayUsed.adding(usage, within: perDay) { return ExchangeMeters.dayExceeded(excess.dimension) }
        if case .failure(let excess) = tokenUsed.adding(usage, within: perToken) { return ExchangeMeters.tokenExceeded(excess.dimension) }
        return nil
    }

    static func dayExceeded(_ dimension: QuotaDimension) -> CallFault { .exhausted(reason: "\(dimension.name)_per_day_exceeded") }
    static func tokenExceeded(_ dimension: QuotaDimension) -> CallFault { .exhausted(reason: "token_\(dimension.name)_exceeded") }
}

extension QuotaAmount {
    init(_ bounds: QuotaCharge.Bounds) {
        // The store counts in signed numbers; a larger bound is no bound.
        let most = UInt64(Int64.max)
        self.init(rows: min(bounds.rows, most), bytes: min(bounds.bytes, most), calls: min(bounds.calls, most))
    }

    /// The first bound that is reached, so that not one call more fits; a call without rows still counts as a call.
    /// - Parameter isNewCall: false for more rows of a call that has been counted.
    func reached(_ bounds: QuotaAmount, byNewCall isNewCall: Bool = true) -> QuotaDimension? {
        if isNewCall, calls >= bounds.calls { return .calls }
        if rows >= bounds.rows { return .rows }
        if bytes >= bounds.bytes { return .bytes }
        return nil
    }
}

extension QuotaDimension {
    fileprivate var name: String {
        switch self {
        case .rows: "rows"
        case .bytes: "bytes"
        case .calls: "calls"
        }
    }
}
