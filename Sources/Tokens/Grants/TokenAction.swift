import Vocabulary

/// What a token allows with a dataset (the scope grammar's `action`).
package enum TokenAction: String, CaseIterable, Hashable, Sendable {
    /// Records come back.
    case read
    /// A question is answered, no record comes back.
    case query
    case notify
    case write

    /// The action that an operation needs.
    package init(for operation: Operation) {
        switch operation {
        case .query, .stream: self = .read
        case .match: self = .query
        }
    }
}
