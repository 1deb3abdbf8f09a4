import AuditTrail
import Testing

@testable import Broker

/// The auditor's list of the calls that a DENIAL may name is that of the calls that the broker answers.
@Suite struct CallNameTests {
    @Test func everyCallOfTheBrokerIsOneThatAnAuditorKnowsAndNoOther() async throws {
        let running = try await RunningBroker()
        let answered = Set(ServiceTable.methods(running.broker.core).map(\.path))
        await running.stop()
        let known = CallName.Service.allCases.flatMap { service in service.methods.map { "/concordat.v1.\(service.rawValue)/\($0)" } }
        #expect(Set(known) == answered)
        // A DENIAL names the call without its service.
        let names = CallName.Service.allCases.flatMap(\.methods)
        #expect(Set(names).count == names.count)
    }
}
