import Agreements
import AuditTrail
import BrokerProtocol
import Storage
import Vocabulary

extension BrokerCore {
    /// The first moment of the year 10000.
    private static let endOfDays = Timestamp(microseconds: 253_402_300_800_000_000)

    func setDelegation(_ request: Concordat_V1_SetDelegationRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Delegation {
        let id = try RequestFields.client(request.id, "id")
        let from = Timestamp(microseconds: request.from)
        let until = Timestamp(microseconds: request.until)
        // What an entry can hold, and what a day can be written as.
        guard request.from > 0 else { throw .invalid(field: "from", problem: "must be later than 1970-01-01, in microseconds since then") }
        guard from < until, until <= BrokerCore.endOfDays else {
            throw .invalid(field: "until", problem: "must be later than from and not after the year 9999, in microseconds since 1970")
        }
        guard (1...6).contains(request.maxSensitivity) else {
            throw .invalid(field: "max_sensitivity", problem: "must be 1 (public) to 6 (restricted record)")
        }
        guard request.maxRowsPerDay <= UInt64(Int64.max), request.maxValuePence <= UInt64(Int64.max) else {
            throw .invalid(field: "max_rows_per_day", problem: "is larger than 2^63 - 1; so is max_value_pence, perhaps")
        }
        let most = configuration.limits.delegationsPerPrincipal
        return try await act(call) { scope throws(StorageFault) in
            let found = try scope.store.principal(id)
            guard let principal = found, scope.caller.administers(principal.organisation) else {
                return .refused(scope.caller.unreached(found != nil, "a principal of this name", "id"))
            }
            guard try scope.store.organisation(principal.organisation)?.status == .active else { return .refused(.organisationRetired) }
            guard principal.status == .active, principal.roles.contains(OfficerRole.signatory.rawValue) else {
                return .refused(.precondition(reason: "NOT_A_SIGNATORY", remedy: "Grant the officer the role of signatory first."))
            }
            guard try scope.store.delegationCount(of: principal.number) < most else {
                return .refused(.full(of: "delegations of one signatory", most: most))
            }
            var delegation = RegisteredDelegation(
                number: try scope.store.nextDelegationNumber(), principal: principal.number, from: from, until: until,
                maxSensitivity: request.maxSensitivity, maxRowsPerDay: request.maxRowsPerDay, maxValuePence: request.maxValuePence,
                thirdParties: request.thirdParties, entry: scope.next)
            delegation.entry = scope.record(.added, .delegation(delegation.record), reason: "DELEGATED")
            try scope.store.put(delegation)
            return .done(delegation.wire(of: id))
        }
    }
}
