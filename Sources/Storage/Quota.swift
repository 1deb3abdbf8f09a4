import Cryptography
import Vocabulary

/// How much of something was used, or may be.
package struct QuotaAmount: Hashable, Sendable {
    package var rows: UInt64
    package var bytes: UInt64
    package var calls: UInt64

    package init(rows: UInt64, bytes: UInt64, calls: UInt64) {
        self.rows = rows
        self.bytes = bytes
        self.calls = calls
    }

    package static let none = QuotaAmount(rows: 0, bytes: 0, calls: 0)
    /// No bound. Counters are stored as signed 64-bit numbers, so this is their largest value.
    package static let unbounded = QuotaAmount(rows: UInt64(Int64.max), bytes: UInt64(Int64.max), calls: UInt64(Int64.max))
}

extension QuotaAmount {
    /// The sum; or the first bound that it would pass: calls, then rows, then bytes.
    package func adding(_ amount: QuotaAmount, within bounds: QuotaAmount) -> Result<QuotaAmount, QuotaExcess> {
        guard let calls = sum(calls, amount.calls, within: bounds.calls) else { return .failure(QuotaExcess(dimension: .calls)) }
        guard let rows = sum(rows, amount.rows, within: bounds.rows) else { return .failure(QuotaExcess(dimension: .rows)) }
        guard let bytes = sum(bytes, amount.bytes, within: bounds.bytes) else { return .failure(QuotaExcess(dimension: .bytes)) }
        return .success(QuotaAmount(rows: rows, bytes: bytes, calls: calls))
    }

    private func sum(_ used: UInt64, _ more: UInt64, within bound: UInt64) -> UInt64? {
        let (sum, overflow) = used.addingReportingOverflow(more)
        return overflow || sum > min(bound, QuotaAmount.unbounded.rows) ? nil : sum
    }
}

/// A charge that does not fit.
package struct QuotaExcess: Error, Hashable {
    package let dimension: QuotaDimension
}

/// A counter that exchanges are charged to.
package enum QuotaMeter: Hashable, Sendable {
    /// The terms' limits: one agreement, one client, one UTC day.
    case day(AgreementID, PrincipalNumber, CalendarDate)
    /// A token's own `limits`; kept until the token has expired.
    case token(Digest, expiry: Timestamp)
}

/// Which limit a charge would pass.
package enum QuotaDimension: UInt8, Hashable, Sendable {
    case rows = 1
    case bytes = 2
    case calls = 3
}

/// The answer to a charge: made in full, or not made at all.
package enum QuotaVerdict: Hashable, Sendable {
    /// What is used now, this charge included.
    case charged(used: QuotaAmount)
    case exceeded(QuotaDimension)
}
