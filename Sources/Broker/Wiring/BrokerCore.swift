import AuditTrail
import Cryptography
import DataSources
import Ledger
import Logging
import RPC
import Storage
import Synchronization
import Tokens
import Vocabulary

/// Everything that the services share. Each RPC is an extension of it in a file of its own.
package final class BrokerCore: Sendable {
    let configuration: BrokerConfiguration
    let clock: BrokerClock
    let randomness: Randomness
    let logger: Logger
    let ledger: Sequencer
    let readers: [any StorageReader]
    let denials: DenialJournal
    let identities = IdentityCache()
    let enrolled: EnrolledCertificates
    let watches: OpenWatches
    /// Set once the broker is told to stop: streams end at their next batch.
    let isStopping = Atomic<Bool>(false)
    let governedDatasets: GovernedDatasets
    let signer: TokenSigner
    let verifier: TokenVerifier
    let signatures = Mutex(SignatureCache())
    let evidence: EvidenceKeys
    let spentQuotas = SpentQuotas()
    let dailyUse = DailyUse()
    let repetitions: Mutex<RateBudget<PrincipalNumber>>
    let pageTokens: PageTokens
    let refusals = RefusalCounts()
    let runningStreams = Atomic<Int>(0)
    /// The last second of the broker's own certificate, since 1970 UTC; set before anything is served and at each reload.
    let certificateEnd = Atomic<Int64>(0)
    /// Whose clients the API listener lets in; as `certificateEnd`.
    let clientAuthorities = Mutex<[X509Certificate]>([])
    /// The step of the broker's own certificate that was last told to the log.
    let toldExpiry = Mutex(CertificateExpiry.later)
    /// Enrolled certificates by how soon they end, as housekeeping last found them.
    let enrolledExpiry = Mutex<[CertificateExpiry: Int]>([:])
    let sources: SourceShelf
    /// Where steps 6 and 7 of an exchange are done.
    let edge: EdgeRunner
    let imports: ImportDesk
    let started: Timestamp
    /// Safety settings that were read back at the start, as name=value.
    let settings: [String]
    private let nextReader = Atomic<Int>(0)

    /// What a core is made of; see `BrokerService.serve`.
    struct Parts: Sendable {
        let configuration: BrokerConfiguration
        let clock: BrokerClock
        let randomness: Randomness
        let logger: Logger
        let ledger: Sequencer
        let readers: [any StorageReader]
        let keys: BrokerKeys
        let sources: SourceShelf
        let edge: EdgeRunner
        let enrolled: EnrolledCertificates
        let settings: [String]
    }

    init(_ parts: Parts) {
        precondition(!parts.readers.isEmpty, "a broker has at least one reader")
        configuration = parts.configuration
        clock = parts.clock
        randomness = parts.randomness
        logger = parts.logger
        ledger = parts.ledger
        readers = parts.readers
        denials = DenialJournal()
        let limits = parts.configuration.limits
        repetitions = Mutex(
            RateBudget(burst: limits.repetitionBurst, perSecond: limits.repetitionsPerSecond, maxKeys: limits.repeatingClients))
        governedDatasets = GovernedDatasets(root: parts.keys.pseudonyms, capacity: parts.configuration.limits.cachedPrograms)
        signer = parts.keys.signer
        verifier = TokenVerifier(issuer: parts.configuration.issuer, audience: parts.configuration.audience, keys: parts.keys.tokenKeys)
        evidence = parts.keys.evidence
        pageTokens = parts.keys.pageTokens
        sources = parts.sources
        edge = parts.edge
        enrolled = parts.enrolled
        watches = OpenWatches(perPrincipal: limits.watchesPerPrincipal, total: limits.watches)
        imports = ImportDesk(idleSeconds: parts.sources.folder.limits.importIdleSeconds)
        started = parts.clock.now()
        settings = parts.settings
    }

    /// Runs a governance or registry act in the writer's transaction and answers when it is durable and signed for. The caller's identity is
    /// read again inside the transaction.
    func act<Value: Sendable>(
        _ call: Call, _ body: @escaping @Sendable (inout ActScope) throws(StorageFault) -> Verdict<Value>
    ) async throws(CallFault) -> Value {
        try await recorded(call, body).value
    }

    /// The same with the receipts of the act's entries.
    func recorded<Value: Sendable>(
        _ call: Call, _ body: @escaping @Sendable (inout ActScope) throws(StorageFault) -> Verdict<Value>
    ) async throws(CallFault) -> (value: Value, receipts: [Receipt]) {
        let thumbprint = call.caller.certificate.thumbprint
        let arrived = call.arrived
        let answer: ActAnswer<Value, CallFault>
        do throws(LedgerFault) {
            answer = try await ledger.submit { store, moment throws(StorageFault) in
                guard let caller = try Caller.find(thumbprint, in: store), caller.refusal(at: moment.sequenced) == nil else {
                    return .refuse(.unauthenticated(reason: "identity_lost"))
                }
                var scope = ActScope(store: store, caller: caller, now: moment.sequenced, epochs: moment.epochs, first: moment.first)
                switch try body(&scope) {
                case .refused(let fault): return .refuse(fault)
                case .done(let value): return BrokerCore.drafts(scope.bodies, arrived: arrived).map { .record($0, value) } ?? .refuse(.internal(part: "entry"))
                }
            }
        } catch {
            throw fault(error, call)
        }
        switch answer {
        case .recorded(let value, let receipts): return (value, receipts)
        case .refused(let fault): throw fault
        }
    }

    /// The entries of an act, encoded; nil where one cannot be an entry, which would be a bug of ours.
    static func drafts(_ bodies: [EntryBody], arrived: Timestamp, begun: Timestamp? = nil) -> [DraftEntry]? {
        var drafts: [DraftEntry] = []
        do throws(EntryFault) {
            for body in bodies { drafts.append(try DraftEntry(arrived: arrived, begun: begun, body)) }
        } catch {
            return nil
        }
        return drafts
    }

    /// Reads one consistent state, away from the event loop.
    func read<Value: Sendable>(
        _ call: Call, _ body: @escaping @Sendable (any StorageReading) throws(StorageFault) -> Verdict<Value>
    ) async throws(CallFault) -> Value {
        let verdict: Verdict<Value>
        do throws(StorageFault) {
            verdict = try await reader.read(body)
        } catch {
            throw fault(.store(error), call)
        }
        switch verdict {
        case .done(let value): return value
        case .refused(let fault): throw fault
        }
    }

    /// Readers take turns.
    var reader: any StorageReader {
        let turn = nextReader.wrappingAdd(1, ordering: .relaxed).oldValue
        return readers[abs(turn % readers.count)]
    }

    /// A fault of ledger or store as the caller hears it; the log has the particulars, which hold no stored value.
    func fault(_ fault: LedgerFault, _ call: Call) -> CallFault {
        logger.error("act not recorded", metadata: ["call": "\(call.reference)", "method": "\(call.method)", "fault": "\(fault)", "trace": "\(call.trace)"])
        switch fault {
        case .act(.limit(let what)): return .precondition(reason: "LIMIT", remedy: what)
        case .act(.conflict): return .precondition(reason: "CONFLICT", remedy: "Somebody changed it at the same time. Read it again and repeat.")
        case .overloaded, .suspended, .stopped, .failed, .late, .act, .inconsistent, .rolledBack, .forgotten, .store, .key:
            return .unavailable(part: "ledger")
        }
    }

    /// A remark for an act's entry, kept outside the ledger.
    func remark(_ text: String, _ field: String) throws(CallFault) -> @Sendable (LedgerIndex) -> Remark {
        let text = try RequestFields.text(text, field, bytes: 1...500)
        let salt = randomness.bytes(16)
        return { Remark(entry: $0, salt: salt, text: text) }
    }
}
