import Agreements
import Ledger
import Storage
import Vocabulary

extension BrokerService {
    /// Once a second, until it is cancelled or the ledger no longer runs: counted refusals are written; once a minute: agreements whose day
    /// has come go into force or end (expiry holds at use in any case; this only records it), and certificates are counted.
    func housekeeping() async {
        var second = 0
        while !Task.isCancelled, core.ledger.state == .running {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
            await core.record(core.denials.due(at: core.clock.now()), arrived: core.clock.now())
            if second % 60 == 0 {
                await core.takeDueSteps()
                await core.countCertificates()
            }
            if second % 3_600 == 0 { core.tellOwnExpiry() }
            second += 1
        }
    }
}

extension BrokerCore {
    /// The steps that are the system's: activation of what is signed, expiry of what is over.
    func takeDueSteps() async {
        let due: [(AgreementID, LifecycleCommand)]
        let now = clock.now()
        let atOnce = configuration.limits.agreementsAtOnce
        do throws(StorageFault) {
            due = try await reader.read { store throws(StorageFault) in
                var due: [(AgreementID, LifecycleCommand)] = []
                try store.eachAgreement(of: nil, atOnce: atOnce) { stored throws(StorageFault) in
                    let state = try BrokerCore.state(of: stored)
                    if state.phase == .signed, now >= state.terms.period.startsAt { due.append((stored.id, .activate)) }
                    if [.active, .suspended].contains(state.phase), [.expired, .terminated].contains(state.effectivePhase(at: now)) {
                        due.append((stored.id, .expire))
                    }
                    return true
                }
                return due
            }
        } catch {
            logger.error("due steps", metadata: ["fault": "\(error)"])
            return
        }
        for (id, command) in due { await take(command, on: id) }
    }

    private func take(_ command: LifecycleCommand, on id: AgreementID) async {
        let step = AgreementStep(origin: configuration.origin, salt: [])
        let arrived = clock.now()
        do throws(LedgerFault) {
            let answer: ActAnswer<Bool, CallFault> = try await ledger.submit { store, moment throws(StorageFault) in
                guard let stored = try store.agreement(id) else { return .refuse(.notFound(what: "the agreement")) }
                var scope = ActScope(store: store, caller: nil, now: moment.sequenced, epochs: moment.epochs, first: moment.first)
                switch try step.apply(command, to: BrokerCore.state(of: stored), of: stored, by: .system, in: &scope) {
                case .refused(let fault): return .refuse(fault)
                case .done:
                    return BrokerCore.drafts(scope.bodies, arrived: arrived).map { .record($0, true) } ?? .refuse(.internal(part: "entry"))
                }
            }
            if case .refused(let fault) = answer {
                logger.info("step not due", metadata: ["agreement": "\(id)", "reason": "\(fault.recordedReason ?? "internal")"])
            }
        } catch {
            logger.error("due step", metadata: ["agreement": "\(id)", "fault": "\(error)"])
        }
    }
}
