import AuditTrail
import Cryptography
import Ledger
import SQLiteStorage
import Storage
import TransparencyLog
import Vocabulary

/// What `concordat init` is told: everything that cannot be changed later through the running broker.
package struct BrokerInitialisation: Sendable {
    package var home: BrokerHome
    package var configuration: BrokerConfiguration
    /// Full name of the operator's organisation.
    package var operatorName: String
    /// Handle and name of the first administrator.
    package var administratorID: ClientID
    package var administratorName: String
    package var administratorCertificate: X509Certificate
    /// What the administrator's program sends with it, where the authorities did not issue it themselves.
    package var administratorIntermediates: [X509Certificate]

    package init(
        home: BrokerHome, configuration: BrokerConfiguration, operatorName: String, administratorID: ClientID, administratorName: String,
        administratorCertificate: X509Certificate, administratorIntermediates: [X509Certificate] = []
    ) {
        self.home = home
        self.configuration = configuration
        self.operatorName = operatorName
        self.administratorID = administratorID
        self.administratorName = administratorName
        self.administratorCertificate = administratorCertificate
        self.administratorIntermediates = administratorIntermediates
    }
}

extension BrokerService {
    /// Makes a home: folders, keys, database, configuration, the empty log, and in one first act the ledger's and token's KEY entries, the
    /// operator, its first administrator and that person's certificate. Answers the log's verifier key. Nothing was made where it throws another
    /// fault than `.unfinished`.
    package static func initialise(
        _ plan: BrokerInitialisation, clock: BrokerClock = .system, randomness: Randomness = .system
    ) async throws(BrokerFault) -> String {
        guard let operatorID = OrganisationID(plan.configuration.operator) else {
            throw .configuration(file: plan.home.configuration, key: "operator", reason: "is not an organisation's short name, such as dwp")
        }
        // Before anything is made: a home whose configuration `serve` would refuse could never be mended, as its ledger keeps the origin.
        let text = ConfigurationFile.text(plan.configuration)
        guard try ConfigurationFile.parse(text, file: plan.home.configuration) == plan.configuration else {
            throw .configuration(file: plan.home.configuration, key: "(file)", reason: "would not read back as it was given; use plain names and addresses")
        }
        let now = clock.now()
        try requireUsable(plan, at: now)
        do throws(StorageFault) {
            guard try !OpenFile.exists(plan.home.configuration) else {
                throw StorageFault.file("\(plan.home.path) holds a broker already; choose another folder, or remove this one yourself")
            }
        } catch {
            throw .home(path: plan.home.path, reason: error.description)
        }
        do throws(BrokerFault) {
            let (store, signing) = try makeFiles(plan, text, randomness)
            let checks = try BrokerKeys(of: plan.home, limits: plan.configuration.limits).checks
            return try await makeLog(plan, operatorID, store, signing.publicKey, checks, at: now, clock, randomness)
        } catch {
            throw .unfinished(path: plan.home.path, reason: error.description)
        }
    }

    /// The certificates are ones that a broker and its only administrator can meet with: later nothing can be mended without them.
    private static func requireUsable(_ plan: BrokerInitialisation, at now: Timestamp) throws(BrokerFault) {
        let tls = try ListenerTLS(plan.home, plan.configuration)
        guard tls.certificateEnd >= now.seconds else {
            throw .configuration(file: plan.home.configuration, key: "tls.certificate", reason: "has ended; give a current one")
        }
        let certificate = plan.administratorCertificate
        func refused(_ reason: String) -> BrokerFault {
            .configuration(file: plan.home.configuration, key: "administrator-certificate", reason: reason)
        }
        guard certificate.isInValidity(at: now.seconds) else { throw refused("is not valid today; give a current one") }
        let fault: String?
        do throws(CryptographyFault) {
            fault = try ListenerTLS.fault(of: certificate, through: plan.administratorIntermediates, by: tls.authorities, at: now.seconds)
        } catch {
            fault = error.description
        }
        if let fault {
            throw refused(
                "would not let its holder in (\(fault)); give one with clientAuth that one of the client authorities issued, with its intermediates behind it")
        }
    }

    private static func makeFiles(
        _ plan: BrokerInitialisation, _ configuration: String, _ randomness: Randomness
    ) throws(BrokerFault) -> (SQLiteStore, ES256PrivateKey) {
        do throws(StorageFault) {
            let store = try SQLiteStore.create(plan.home)
            try HomeKeys(plan.home).createRandom(from: randomness)
            let signing = try makeTokenKey(plan.home)
            let file = try OpenFile.create(plan.home.configuration)
            try file.write(Array(configuration.utf8))
            try file.sync()
            return (store, signing)
        } catch {
            throw .home(path: plan.home.path, reason: error.description)
        }
    }

    private static func makeLog(
        _ plan: BrokerInitialisation, _ operatorID: OrganisationID, _ store: SQLiteStore, _ tokenKey: ES256PublicKey, _ checks: [SecretCheck],
        at now: Timestamp, _ clock: BrokerClock, _ randomness: Randomness
    ) async throws(BrokerFault) -> String {
        do throws(LedgerFault) {
            let identity = try LogIdentity(origin: plan.configuration.origin, seed: try seed(plan.home))
            try Sequencer.createLog(in: store, identity, at: now)
            let sequencer = try Sequencer.open(store, plan.home, identity, heartbeat: nil, clock: clock.now)
            let first = FirstAct(
                plan: plan, operatorID: operatorID, identity: identity, tokenKey: tokenKey, checks: checks, arrived: now, randomness: randomness)
            let answer = try await sequencer.submit { store, moment throws(StorageFault) in try first.perform(in: store, at: moment) }
            await sequencer.stop()
            if case .refused(let reason) = answer { throw LedgerFault.failed(reason) }
            try close(store)
            return identity.verifierKey.description
        } catch {
            throw .home(path: plan.home.path, reason: error.description)
        }
    }

    private static func close(_ store: SQLiteStore) throws(LedgerFault) {
        do throws(StorageFault) { try store.close() } catch { throw .store(error) }
    }

    private static func seed(_ home: BrokerHome) throws(LedgerFault) -> SecretBytes {
        do throws(StorageFault) { return try HomeKeys(home).load(.ledger) } catch { throw .store(error) }
    }

    private static func makeTokenKey(_ home: BrokerHome) throws(StorageFault) -> ES256PrivateKey {
        do throws(CryptographyFault) {
            let key = try ES256PrivateKey.generate()
            let text = try key.pem()
            do throws(StorageFault) {
                try HomeKeys(home).create(.token, SecretBytes(Array(text.utf8)))
            } catch {
                throw CryptographyFault.library(operation: error.description)
            }
            return key
        } catch {
            throw .file("the token key cannot be made: \(error)")
        }
    }
}

/// The first entries of a log. The actor is 0: there is no administrator before them.
private struct FirstAct: Sendable {
    let plan: BrokerInitialisation
    let operatorID: OrganisationID
    let identity: LogIdentity
    let tokenKey: ES256PublicKey
    let checks: [SecretCheck]
    let arrived: Timestamp
    let randomness: Randomness

    func perform(in store: any StorageTransaction, at moment: Moment) throws(StorageFault) -> ActOutcome<Bool, String> {
        var bodies: [EntryBody] = []
        func next() -> LedgerIndex { LedgerIndex(moment.first.value + UInt64(bodies.count)) }
        let origin = plan.configuration.origin
        let ledgerKey = identity.verifierKey
        try store.put(
            SigningKeyRecord(
                id: ledgerKey.description, use: .ledger, phase: .active, publicKey: ledgerKey.publicKey.bytes, changedAt: moment.sequenced, entry: next()))
        bodies.append(
            .key(
                KeyEntry(
                    use: .ledger, act: .active, keyID: ledgerKey.description, publicKey: ledgerKey.publicKey.bytes, actor: PrincipalNumber(0),
                    brokerEpoch: 0, origin: origin)))
        try store.put(
            SigningKeyRecord(
                id: tokenKey.keyID, use: .token, phase: .active, publicKey: tokenKey.spkiDER, changedAt: moment.sequenced, entry: next()))
        bodies.append(
            .key(
                KeyEntry(
                    use: .token, act: .active, keyID: tokenKey.keyID, publicKey: tokenKey.spkiDER, actor: PrincipalNumber(0), brokerEpoch: 0)))
        try FrozenSettings.keep(checks, in: store)
        let organisation = RegisteredOrganisation(
            number: try store.nextOrganisationNumber(), id: operatorID, name: plan.operatorName, isOperator: true, entry: next())
        try store.put(organisation)
        bodies.append(registered(.organisation(OrganisationRecord(number: organisation.number, slug: operatorID, isOperator: true))))
        let administrator = RegisteredPrincipal(
            number: PrincipalNumber(UInt32(truncatingIfNeeded: randomness.uint64()) | 1), id: plan.administratorID, name: plan.administratorName,
            kind: .administrator, organisation: organisation.number, entry: next())
        try store.put(administrator)
        bodies.append(registered(.principal(administrator.record)))
        let shown = plan.administratorCertificate
        guard let notBefore = Timestamp(seconds: shown.notBefore), let notAfter = Timestamp(seconds: shown.notAfter) else {
            return .refuse("the administrator's certificate has dates that cannot be told")
        }
        let certificate = RegisteredCertificate(
            thumbprint: shown.thumbprint, principal: administrator.number, der: shown.der, publicKey: shown.subjectPublicKeyDER,
            notBefore: notBefore, notAfter: notAfter, entry: next())
        try store.put(certificate)
        bodies.append(registered(.certificate(certificate.record)))
        guard let drafts = BrokerCore.drafts(bodies, arrived: arrived) else { return .refuse("the first entries are not well formed") }
        return .record(drafts, true)
    }

    private func registered(_ subject: RegistryEntry.Subject) -> EntryBody {
        .registry(RegistryEntry(act: .added, actor: PrincipalNumber(0), reason: "INITIALISED", epoch: 0, subject: subject))
    }
}
