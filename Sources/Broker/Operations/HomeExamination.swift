import Ledger
import SQLiteStorage
import Storage
import Vocabulary

/// Looks at a home with the checks that `serve` makes, all of them, while the broker runs or not; changes nothing.
package struct HomeExamination: Sendable {
    /// One check and what came of it.
    package struct Finding: Hashable, Sendable {
        package enum Weight: String, Sendable { case good, warning, wrong }
        package let subject: String
        package let weight: Weight
        /// What was wrong and what to do, or what was found.
        package let words: String
    }

    /// In the order of the start.
    package private(set) var findings: [Finding] = []
    private let home: BrokerHome
    private let now: Timestamp

    package init(_ home: BrokerHome, clock: BrokerClock = .system) {
        self.home = home
        now = clock.now()
        let configuration = check("configuration", "every key is known and allowed") { () throws(BrokerFault) in
            try ConfigurationFile.read(path: home.configuration)
        }
        _ = check("modes", "others can change nothing and read no secret") { () throws(BrokerFault) in
            let isThere = try HomeExamination.storing(home) { () throws(StorageFault) in
                try home.requireModes()
                return try OpenFile.exists(home.path)
            }
            guard isThere else { throw .home(path: home.path, reason: "is missing; give the folder that `concordat init` made") }
        }
        if let configuration { examineCertificates(configuration) }
        let keys = check("keys", "every secret is there and readable by its owner alone") { () throws(BrokerFault) in
            try BrokerKeys(of: home, limits: configuration?.limits ?? BrokerLimits())
        }
        examineStore(configuration, keys)
        examineSpace()
    }

    package var isSound: Bool { !findings.contains { $0.weight == .wrong } }

    /// Adds what came of `body`.
    private mutating func check<Value>(_ subject: String, _ good: String, _ body: () throws(BrokerFault) -> Value) -> Value? {
        do throws(BrokerFault) {
            let value = try body()
            findings.append(Finding(subject: subject, weight: .good, words: good))
            return value
        } catch {
            findings.append(Finding(subject: subject, weight: .wrong, words: error.description))
            return nil
        }
    }

    private mutating func examineCertificates(_ configuration: BrokerConfiguration) {
        let home = home
        guard
            let tls = check("certificate", "it fits its key, and TLS has every safety setting", { () throws(BrokerFault) in try ListenerTLS(home, configuration) })
        else { return }
        let end = Timestamp(microseconds: tls.certificateEnd * 1_000_000)
        let words = "the broker's certificate is good until \(end)"
        switch CertificateExpiry(notAfter: tls.certificateEnd, now: now.seconds) {
        case .later: findings.append(Finding(subject: "validity", weight: .good, words: words))
        case .within30Days, .within7Days, .within1Day:
            findings.append(Finding(subject: "validity", weight: .warning, words: words + "; put a new one in its place and send SIGHUP"))
        case .expired:
            findings.append(
                Finding(subject: "validity", weight: .wrong, words: "the broker's certificate ended at \(end); put a new one in its place and send SIGHUP"))
        }
    }

    private mutating func examineStore(_ configuration: BrokerConfiguration?, _ keys: BrokerKeys?) {
        let home = home
        let store = check("database", "it opens, with the schema of this program, and every page of it can be read") { () throws(BrokerFault) in
            try HomeExamination.storing(home) { () throws(StorageFault) in
                let store = try SQLiteSnapshot(home)
                try store.require(.quick)
                return store
            }
        }
        guard let store else { return }
        if let configuration, let keys {
            _ = check("identity", "origin, operator and keys are those that the home was made with") { () throws(BrokerFault) in
                let fault = try HomeExamination.storing(home) { () throws(StorageFault) in
                    try store.read { reading throws(StorageFault) in try FrozenSettings.fault(home, configuration, keys, in: reading) }
                }
                if let fault { throw fault }
            }
        }
        _ = check("register", "organisations, principals and certificates can be read") { () throws(BrokerFault) in
            try HomeExamination.storing(home) { () throws(StorageFault) in
                try store.read { reading throws(StorageFault) in try EnrolledCertificates(in: reading) }
            }
        }
        examineSources(store)
        examineLedger(store)
    }

    private mutating func examineSources(_ store: SQLiteSnapshot) {
        let home = home
        _ = check("sources", "the file of every dataset is there, of its schema, and every page of it can be read") { () throws(BrokerFault) in
            // Twice, as a broker that runs may replace a revision between the catalogue and the look at its file.
            let words = try HomeExamination.storing(home) { () throws(StorageFault) in
                try SourceExamination.faults(of: home, store) == nil ? nil : SourceExamination.faults(of: home, store)
            }
            if let words { throw .home(path: home.sources, reason: words) }
        }
    }

    private mutating func examineLedger(_ store: SQLiteSnapshot) {
        let home = home
        let good = "the newest entries, the newest tiles and the signed checkpoints fit each other, and nothing that was signed is missing; "
            + "`concordat-audit verify` checks all of them"
        let head = check("ledger", good) { () throws(BrokerFault) in
            let head = try HomeExamination.storing(home) { () throws(StorageFault) in try LogCheck.head(of: home, in: store) }
            return try HomeExamination.signed(head)
        }
        guard let head else { return }
        let isSane = LedgerLimits().accepts(clock: now, after: head.sequenced)
        findings.append(
            Finding(
                subject: "clock", weight: isSane ? .good : .wrong,
                words: isSane
                    ? "it is not behind the newest of \(head.size) entries"
                    : "it says \(now), and the newest entry is of \(head.sequenced); set it right"))
    }

    private mutating func examineSpace() {
        let home = home
        _ = check("disk", "its reserve is there") { () throws(BrokerFault) in
            let isShort = try HomeExamination.storing(home) { () throws(StorageFault) in try LedgerLimits().isShortOfSpace(at: home) }
            if isShort { throw .home(path: home.path, reason: "the disk is nearly full and the ledger takes nothing; free some space") }
        }
    }

    private static func signed<Value>(_ result: Result<Value, LedgerFault>) throws(BrokerFault) -> Value {
        do throws(LedgerFault) { return try result.get() } catch { throw .start(part: "ledger", reason: error.description) }
    }

    private static func storing<Value>(_ home: BrokerHome, _ body: () throws(StorageFault) -> Value) throws(BrokerFault) -> Value {
        do throws(StorageFault) { return try body() } catch { throw .home(path: home.path, reason: error.description) }
    }
}
