import Storage

/// What a caller is told who named something that is not there, or is not theirs. Whoever keeps a registry hears that the name is wrong: in
/// another organisation's registry the same is said of every name, there or not. Whoever keeps none hears only that, of any name.
extension Caller {
    /// For a call that changes what it names.
    func unreached(_ isThere: Bool, _ what: String, _ field: String) -> CallFault {
        unknown(isThere, what, field, reason: "NOT_ADMINISTRATOR_OF_ORGANISATION", tells: principal.kind == .administrator)
    }

    /// For a call that reads it.
    func unread(_ isThere: Bool, _ what: String, _ field: String) -> CallFault {
        unknown(isThere, what, field, reason: "NOT_OF_ORGANISATION", tells: principal.kind == .administrator || isAuditor)
    }

    private func unknown(_ isThere: Bool, _ what: String, _ field: String, reason: String, tells: Bool) -> CallFault {
        guard tells else { return .denied(reason: reason, paths: []) }
        return isThere ? .concealed(what: what, reason: reason, field: field) : .notFound(what: what, field: field)
    }
}
