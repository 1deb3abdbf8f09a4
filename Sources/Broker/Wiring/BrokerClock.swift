import Foundation
import Vocabulary

/// Where the time comes from. A parameter of everything that needs one, so that a test can choose it.
package struct BrokerClock: Sendable {
    package let now: @Sendable () -> Timestamp

    package init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    /// The machine's clock, in whole microseconds.
    package static let system = BrokerClock {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }
}
