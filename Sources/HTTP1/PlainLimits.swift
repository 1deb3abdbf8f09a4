import NIOCore

/// Bounds on a plain listener. It serves one probe and one collector, not the public.
package struct PlainLimits: Sendable {
    /// Connections open at once; one more is closed unanswered.
    package var maxConnections = 16
    /// Answers being made at once, those for peers that have gone counted too; one more is 503.
    package var maxRunningAnswers = 16
    /// How long one connection may last, from its opening to the end of its answer.
    package var maxConnectionTime = TimeAmount.seconds(10)

    package init() {}
}
