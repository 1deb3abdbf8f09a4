import Logging
import Storage
import Synchronization

extension BrokerCore {
    /// Warns once at each step - 30, 7 and 1 days before, and at the end - of the broker's own certificate.
    func tellOwnExpiry() {
        let end = certificateEnd.load(ordering: .relaxed)
        let step = CertificateExpiry(notAfter: end, now: clock.now().seconds)
        let isNew = toldExpiry.withLock { told in
            defer { told = step }
            return told != step
        }
        guard isNew else { return }
        switch step {
        case .later: return
        case .expired:
            logger.error("the broker's certificate has ended; put a new one in its place and send SIGHUP")
        case .within1Day, .within7Days, .within30Days:
            logger.warning("the broker's certificate ends soon; put a new one in its place and send SIGHUP", metadata: ["within": "\(step.rawValue)"])
        }
    }

    /// Counts enrolled certificates by how soon they end, and warns where the count of those that end within 30 days has changed.
    func countCertificates() async {
        let now = clock.now()
        let counts: [CertificateExpiry: Int]
        do throws(StorageFault) {
            counts = try await reader.read { store throws(StorageFault) in try CertificateExpiry.counts(in: store, at: now) }
        } catch {
            logger.error("certificates not counted", metadata: ["fault": "\(error)"])
            return
        }
        let before = enrolledExpiry.withLock { held in
            defer { held = counts }
            return held
        }
        let steps = [CertificateExpiry.within1Day, .within7Days, .within30Days]
        guard steps.contains(where: { counts[$0, default: 0] > 0 && counts[$0] != before[$0] }) else { return }
        var numbers = Logger.Metadata()
        for step in steps { numbers[step.rawValue] = .stringConvertible(counts[step, default: 0]) }
        logger.warning("enrolled certificates end soon: how many, by what is left", metadata: numbers)
    }
}
