import Agreements
import Tokens
import Vocabulary

/// What one permitted call may use up, and the bounds it is held to. Reserved in memory at the decision, charged with the rows and bytes
/// that really left in the transaction of the EXCHANGE entry, refused there where a bound would be passed.
package struct QuotaCharge: Hashable, Sendable {
    package let agreement: AgreementID
    package let client: ClientID
    /// The UTC day that is charged.
    package let day: CalendarDate
    package let token: TokenID
    /// Rows that the call may release at most.
    package let rows: UInt64
    /// Bounds for the agreement and client on that day.
    package let perDay: Bounds
    /// Bounds for the token over its whole life.
    package let perToken: Bounds

    package struct Bounds: Hashable, Sendable {
        package let rows: UInt64
        package let bytes: UInt64
        package let calls: UInt64

        package init(rows: UInt64, bytes: UInt64, calls: UInt64) {
            self.rows = rows
            self.bytes = bytes
            self.calls = calls
        }
    }

    init(claims: Claims, limits: ExchangeLimits, rows: UInt64, now: Timestamp) {
        agreement = claims.detail.agreement
        client = claims.client
        day = now.utcDate
        token = claims.id
        self.rows = rows
        perDay = Bounds(rows: limits.rowsPerDay, bytes: limits.bytesPerDay, calls: limits.callsPerDay)
        perToken = Bounds(rows: claims.detail.limits.rows, bytes: claims.detail.limits.bytes, calls: claims.detail.limits.calls)
    }
}
