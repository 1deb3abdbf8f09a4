/// One difference between two versions of terms.
package struct TermsChange: Hashable, Sendable {
    package enum Effect: Hashable, Sendable {
        /// Less may flow, or for a shorter time, or under a stricter duty.
        case narrowing
        /// Anything else, and everything whose effect is not known: it needs the full road.
        case widening
    }

    /// As `TermsProblem.path`.
    package let path: String
    /// The value as it stands in the document; nil where there was none. A part that came or went as a whole is shown by its key.
    package let before: String?
    package let after: String?
    package let effect: Effect

    package init(path: String, before: String?, after: String?, effect: Effect) {
        self.path = path
        self.before = before
        self.after = after
        self.effect = effect
    }
}
