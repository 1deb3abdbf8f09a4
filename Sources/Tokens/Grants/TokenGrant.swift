import Vocabulary

/// What of an agreement a client gets when it asks with a scope, with details, or with both: the intersection, and an error where
/// that is empty. Asking for more than the agreement has is an error too: a client is never given less than it named without a word.
package enum TokenGrant {
    /// `full` is everything that the agreement allows this client. Throws `.scopeNotGranted` with the same answer for what is not
    /// allowed and what does not exist.
    package static func narrow(
        _ full: AuthorizationDetail, to scope: Scope?, and request: DetailRequest?
    ) throws(GrantFault) -> AuthorizationDetail {
        guard scope != nil || request != nil else { throw .scopeNotGranted }
        var granted = full
        if let scope { granted = try narrow(granted, to: scope) }
        if let request { granted = try narrow(granted, to: request) }
        guard !granted.datasets.isEmpty, granted.isSubset(of: full) else { throw .scopeNotGranted }
        return granted
    }

    private static func narrow(_ full: AuthorizationDetail, to scope: Scope) throws(GrantFault) -> AuthorizationDetail {
        guard scope.agreement == full.agreement, scope.version == full.version, scope.purpose == full.purpose else {
            throw .scopeNotGranted
        }
        // Re-identification has its own role, approver and token; an agreement's ordinary grant never includes it.
        guard scope.reidentify == nil else { throw .scopeNotGranted }
        var granted = full
        granted.datasets = []
        for term in scope.datasets {
            // Agreements have no named sets of fields yet.
            guard term.fieldSet == nil, let dataset = full.datasets.first(where: { $0.id == term.dataset }),
                dataset.actions.contains(term.action)
            else { throw .scopeNotGranted }
            if let known = granted.datasets.firstIndex(where: { $0.id == term.dataset }) {
                granted.datasets[known].actions.append(term.action)
            } else {
                var narrowed = dataset
                narrowed.actions = [term.action]
                granted.datasets.append(narrowed)
            }
        }
        return granted
    }

    private static func narrow(_ full: AuthorizationDetail, to request: DetailRequest) throws(GrantFault) -> AuthorizationDetail {
        guard request.agreement == full.agreement, isEqualOrNil(request.version, full.version), isEqualOrNil(request.policy, full.policy),
            isEqualOrNil(request.purpose, full.purpose), isEqualOrNil(request.legalBasis, full.legalBasis),
            isEqualOrNil(request.classification, full.classification),
            request.isReidentification != true || full.isReidentification
        else { throw .scopeNotGranted }
        var granted = full
        if let wanted = request.datasets { granted.datasets = try narrow(full.datasets, to: wanted) }
        granted.limits.rows = min(full.limits.rows, request.rows ?? .max)
        granted.limits.bytes = min(full.limits.bytes, request.bytes ?? .max)
        granted.limits.calls = min(full.limits.calls, request.calls ?? .max)
        granted.limits.rowsPerCall = min(full.limits.rowsPerCall, request.rowsPerCall ?? .max)
        if let network = request.network {
            guard full.network.isEmpty || network.allSatisfy({ inner in full.network.contains { $0.contains(inner) } }) else {
                throw .scopeNotGranted
            }
            granted.network = network
        }
        return granted
    }

    private static func narrow(
        _ full: [AuthorizationDetail.Dataset], to wanted: [DetailRequest.Dataset]
    ) throws(GrantFault) -> [AuthorizationDetail.Dataset] {
        var granted: [AuthorizationDetail.Dataset] = []
        for want in wanted {
            guard var dataset = full.first(where: { $0.id == want.id }), isEqualOrNil(want.schema, dataset.schema),
                want.rowFilter == nil || want.rowFilter == dataset.rowFilter
            else { throw .scopeNotGranted }
            if let actions = want.actions {
                guard Set(actions).isSubset(of: dataset.actions) else { throw .scopeNotGranted }
                dataset.actions = actions
            }
            if let fields = want.fields {
                guard Set(fields).isSubset(of: dataset.fields) else { throw .scopeNotGranted }
                dataset.fields = fields
            }
            granted.append(dataset)
        }
        return granted
    }

    private static func isEqualOrNil<Value: Equatable>(_ wanted: Value?, _ value: Value) -> Bool {
        wanted == nil || wanted == value
    }
}
