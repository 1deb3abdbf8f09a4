import AuditTrail
import Cryptography
import Dispatch
import Redaction
import Storage
import Synchronization
import Vocabulary

/// What an incident touches: exchanges, recipients, fields, records and people, counted from the entries of the ledger and from what opens them.
///
/// Holds numbers and times, and of people nothing but how many.
package struct IncidentScope: Sendable {
    /// Exchanges of one client under one version of one agreement about one dataset for one purpose.
    package struct Line: Hashable, Sendable {
        package let consumer: OrganisationNumber
        package let provider: OrganisationNumber
        package let client: PrincipalNumber
        package let agreement: AgreementID
        package let version: AgreementVersion
        package let dataset: DatasetID
        package let purpose: PurposeCode
    }

    /// What came of them.
    package struct Tally: Sendable {
        package fileprivate(set) var exchanges: UInt64 = 0
        /// Entries: one for an exchange, but one for each batch of a stream.
        package fileprivate(set) var entries: UInt64 = 0
        package fileprivate(set) var recordsReleased: UInt64 = 0
        package fileprivate(set) var recordsSuppressed: UInt64 = 0
        package fileprivate(set) var bytesReleased: UInt64 = 0
        /// Records released by entries that name nobody, so that no person was counted for them: the dataset is about nobody, or the search was made
        /// before batches named people.
        package fileprivate(set) var recordsAboutNobody: UInt64 = 0
        /// Records released by entries whose opening is gone, so that no person could be counted for them.
        package fileprivate(set) var recordsForgotten: UInt64 = 0
        package fileprivate(set) var fieldsReleased = LeafSet()
        package fileprivate(set) var fieldsTransformed = LeafSet()
        package fileprivate(set) var certificates: Set<Thumbprint> = []
        package fileprivate(set) var first: Place
        package fileprivate(set) var last: Place
        /// The people whom released records are about, by marks that lead back to nobody.
        fileprivate var people: Set<TaggedSubject.Mark> = []
        fileprivate var streams: Set<ExchangeID> = []

        package var peopleCount: Int { people.count }
    }

    /// Where something stands in the ledger, and since when.
    package struct Place: Hashable, Sendable {
        package let index: LedgerIndex
        package let moment: Timestamp
    }

    /// An entry that ended the use of what the question names.
    package struct End: Hashable, Sendable {
        package enum Cause: Hashable, Sendable {
            case certificateRetired, clientRetired, organisationRetired
            /// Of the agreement: `suspended` or `terminated`.
            case agreement(state: String)
        }
        package let cause: Cause
        package let place: Place
    }

    package private(set) var lines: [Line: Tally] = [:]
    /// In the order of the ledger; also those after the window.
    package private(set) var ends: [End] = []
    /// Entries that were looked at.
    package private(set) var looked: UInt64 = 0
    /// Set where `Limits.maxPeople` was reached: there are at least as many people as were counted.
    package private(set) var isPeopleBoundReached = false
    private var peopleHeld = 0
    /// What the AGREEMENT entries say that exchanges point at.
    private var agreements: [LedgerIndex: (AgreementID, AgreementVersion)] = [:]
    private let limits: Limits

    package struct Limits: Sendable {
        /// People that are told apart, over all lines; each costs some 30 bytes of memory.
        package var maxPeople = 10_000_000
        /// Lines of the answer.
        package var maxLines = 100_000
        /// Entries read in one transaction, so that none stays open for long.
        /// The opening of a batch about a thousand people has 48 kB; of three pieces at once one is read, one opened and one counted.
        package var entriesAtOnce = 2_048

        package init() {}
    }

    /// People over all lines, each counted once.
    package var peopleCount: Int { lines.values.reduce(into: Set<TaggedSubject.Mark>()) { $0.formUnion($1.people) }.count }
}

extension IncidentScope {
    /// Reads a log from the first entry that can matter to its head, in pieces, so that no transaction stays open for long.
    /// - Parameters:
    ///   - evidence: opens what is kept beside the entries; nil where its key is not at hand: then nobody is counted.
    ///   - size: entries of the log.
    ///   - read: as many entries from an index as are asked for, with what opens them.
    package init(
        _ question: IncidentQuestion, evidence: EvidenceKeys?, size: UInt64, limits: Limits = Limits(),
        read: @Sendable (LedgerIndex, Int) throws(StorageFault) -> [StoredEvidence]
    ) throws(StorageFault) {
        @Sendable func one(_ index: UInt64) throws(StorageFault) -> LedgerEntry {
            guard let stored = try read(LedgerIndex(index), 1).first, stored.index == LedgerIndex(index) else { throw IncidentScope.missing(index) }
            return try IncidentScope.opened(stored.entry)
        }
        @Sendable func piece(from first: UInt64) -> Result<[StoredEvidence], StorageFault> {
            guard first < size else { return .success([]) }
            do throws(StorageFault) {
                let count = min(UInt64(limits.entriesAtOnce), size - first)
                let piece = try read(LedgerIndex(first), Int(count))
                // What was taken out of the database must not be missing from the count without a word.
                if let gap = zip(first..., piece).first(where: { $0 != $1.index.value }) { return .failure(IncidentScope.missing(gap.0)) }
                guard UInt64(piece.count) == count else { return .failure(IncidentScope.missing(first + UInt64(piece.count))) }
                return .success(piece)
            } catch {
                return .failure(error)
            }
        }
        let counting = Count(IncidentScope(limits: limits))
        var next = try IncidentScope.first(of: question, size: size, one)
        var looked: UInt64 = 0
        var chunk = try piece(from: next).get()
        var found: [Found] = []
        while !chunk.isEmpty {
            let (before, after) = (found, next + UInt64(chunk.count))
            looked += UInt64(chunk.count)
            (found, chunk) = try IncidentScope.found(in: chunk, from: LedgerIndex(next), question, evidence) {
                piece(from: after)
            } meanwhile: {
                counting.take(before, question, one)
            }
            next = after
        }
        try counting.take(found, question, one).get()
        self = counting.scope
        self.looked = looked
    }

    private init(limits: Limits) { self.limits = limits }

    /// Counts what was found, in the order of the ledger.
    fileprivate mutating func take(
        _ found: [Found], _ question: IncidentQuestion, _ entry: (UInt64) throws(StorageFault) -> LedgerEntry
    ) throws(StorageFault) {
        for found in found {
            switch found {
            case .end(let end): ends.append(end)
            case .exchange(let exchange):
                let index = exchange.body.agreementEntry
                if agreements[index] == nil {
                    guard case .agreement(let body) = try entry(index.value).body else { throw .corrupt("the agreement of an exchange") }
                    agreements[index] = (body.agreement, body.version)
                }
                guard let named = agreements[index], question.agreement.map({ $0 == named.0 }) ?? true else { continue }
                try add(exchange, named)
            }
        }
    }

    /// The first entry of the question's window: sequencing times never go back.
    private static func first(
        of question: IncidentQuestion, size: UInt64, _ entry: (UInt64) throws(StorageFault) -> LedgerEntry
    ) throws(StorageFault) -> UInt64 {
        guard let from = question.from else { return 0 }
        var (low, high) = (UInt64(0), size)
        while low < high {
            let middle = low + (high - low) / 2
            if try entry(middle).sequenced < from { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func missing(_ index: UInt64) -> StorageFault { .corrupt("the ledger: entry \(index) is missing, and") }

    private static func opened(_ bytes: [UInt8]) throws(StorageFault) -> LedgerEntry {
        do throws(EntryFault) { return try LedgerEntry(stored: bytes) } catch { throw .corrupt("an entry of the ledger") }
    }

    private mutating func add(_ found: FoundExchange, _ agreement: (AgreementID, AgreementVersion)) throws(StorageFault) {
        let body = found.body
        let line = Line(
            consumer: body.consumer, provider: body.provider, client: body.client, agreement: agreement.0, version: agreement.1,
            dataset: body.dataset, purpose: body.purpose)
        guard lines.count < limits.maxLines || lines[line] != nil else { throw .limit("more than \(limits.maxLines) lines; ask for a shorter window") }
        peopleHeld += lines[line, default: Tally(first: found.place, last: found.place)].add(found, room: limits.maxPeople - peopleHeld)
        if peopleHeld >= limits.maxPeople { isPeopleBoundReached = true }
    }
}

extension IncidentScope.Tally {
    fileprivate init(first: IncidentScope.Place, last: IncidentScope.Place) {
        self.first = first
        self.last = last
    }

    /// - Parameter room: most people that may be added.
    /// - Returns: how many were.
    fileprivate mutating func add(_ found: IncidentScope.FoundExchange, room: Int) -> Int {
        let body = found.body
        entries += 1
        if body.operation != .stream || streams.insert(body.exchange).inserted { exchanges += 1 }
        recordsReleased += UInt64(body.rowsReleased)
        recordsSuppressed += UInt64(body.rowsSuppressed)
        bytesReleased += body.bytesReleased
        if !body.fieldsReleased.isSubset(of: fieldsReleased) { fieldsReleased = fieldsReleased.union(body.fieldsReleased) }
        if !body.fieldsTransformed.isSubset(of: fieldsTransformed) { fieldsTransformed = fieldsTransformed.union(body.fieldsTransformed) }
        certificates.insert(body.certificate)
        last = found.place
        guard body.rowsReleased > 0 else { return 0 }
        guard let marks = found.people else {
            recordsForgotten += UInt64(body.rowsReleased)
            return 0
        }
        if marks.isEmpty { recordsAboutNobody += UInt64(body.rowsReleased) }
        let before = people.count
        for mark in marks where people.count - before < room { people.insert(mark) }
        return people.count - before
    }
}

extension IncidentScope {
    /// An exchange that the question may be about. Passed on by reference: an entry has many parts to count.
    fileprivate final class FoundExchange: Sendable {
        let body: ExchangeOutline
        let place: Place
        /// Nil where what opens the entry is gone.
        let people: [TaggedSubject.Mark]?

        init(_ body: ExchangeOutline, _ place: Place, people: [TaggedSubject.Mark]?) {
            self.body = body
            self.place = place
            self.people = people
        }
    }

    fileprivate enum Found: Sendable {
        case exchange(FoundExchange)
        case end(End)
    }

    /// Entries of one share of a chunk are decoded on a core of their own: that, and opening what is sealed, is most of the work. The next chunk is
    /// read meanwhile, and what the chunk before held is counted.
    private static func found(
        in chunk: [StoredEvidence], from first: LedgerIndex, _ question: IncidentQuestion, _ evidence: EvidenceKeys?,
        ahead: @Sendable () -> Result<[StoredEvidence], StorageFault>, meanwhile: @Sendable () -> Result<Void, StorageFault>
    ) throws(StorageFault) -> ([Found], [StoredEvidence]) {
        let each = 128
        let shares = (chunk.count + each - 1) / each
        let results = Shares(count: shares)
        DispatchQueue.concurrentPerform(iterations: shares + 2) { turn in
            if turn == 0 { return results.set(counted: meanwhile()) }
            if turn == 1 { return results.set(ahead: ahead()) }
            let share = turn - 2
            let range = share * each..<min(chunk.count, (share + 1) * each)
            results.set(
                share,
                Result { () throws(StorageFault) in
                    var found: [Found] = []
                    found.reserveCapacity(range.count)
                    var reader = OutlineReader()
                    for index in range {
                        let place = LedgerIndex(first.value + UInt64(index))
                        if let one = try look(at: chunk[index], place, question, evidence, &reader) { found.append(one) }
                    }
                    return found
                })
        }
        try results.counted.get()
        var all: [Found] = []
        for result in results.all { all += try result.get() }
        return (all, try results.ahead.get())
    }

    private static func look(
        at stored: StoredEvidence, _ index: LedgerIndex, _ question: IncidentQuestion, _ evidence: EvidenceKeys?, _ reader: inout OutlineReader
    ) throws(StorageFault) -> Found? {
        switch LedgerEntry.kind(of: stored.entry) {
        case .exchange: return try exchange(stored, index, question, evidence, &reader)
        case .registry, .agreement:
            let entry = try opened(stored.entry)
            return question.end(in: entry.body).map { .end(End(cause: $0, place: Place(index: index, moment: entry.sequenced))) }
        case nil: throw .corrupt("an entry of the ledger")
        default: return nil
        }
    }

    private static func exchange(
        _ stored: StoredEvidence, _ index: LedgerIndex, _ question: IncidentQuestion, _ evidence: EvidenceKeys?, _ reader: inout OutlineReader
    ) throws(StorageFault) -> Found? {
        let body: ExchangeOutline
        do throws(EntryFault) { body = try reader.read(stored: stored.entry) } catch { throw .corrupt("an entry of the ledger") }
        guard question.names(body) else { return nil }
        let place = Place(index: index, moment: body.sequenced)
        guard let evidence, let opening = stored.opening else { return .exchange(FoundExchange(body, place, people: nil)) }
        do throws(CryptographyFault) {
            let people = try evidence.unwrap(opening, exchange: body.exchange, part: body.part).subjects.map(\.mark)
            return .exchange(FoundExchange(body, place, people: people))
        } catch {
            throw .corrupt("what opens an entry, or keys/openings, which is not of this home")
        }
    }
}

/// What comes of the shares of a chunk that are worked on at once, each written once.
private final class Shares: Sendable {
    private struct Results {
        var found: [Result<[IncidentScope.Found], StorageFault>]
        var ahead: Result<[StoredEvidence], StorageFault> = .success([])
        var counted: Result<Void, StorageFault> = .success(())
    }
    private let results: Mutex<Results>

    init(count: Int) {
        results = Mutex(Results(found: Array(repeating: .success([]), count: count)))
    }

    func set(_ share: Int, _ result: Result<[IncidentScope.Found], StorageFault>) { results.withLock { $0.found[share] = result } }
    func set(ahead result: Result<[StoredEvidence], StorageFault>) { results.withLock { $0.ahead = result } }
    func set(counted result: Result<Void, StorageFault>) { results.withLock { $0.counted = result } }

    var all: [Result<[IncidentScope.Found], StorageFault>] { results.withLock { $0.found } }
    var ahead: Result<[StoredEvidence], StorageFault> { results.withLock { $0.ahead } }
    var counted: Result<Void, StorageFault> { results.withLock { $0.counted } }
}

/// The scope so far, which one core at a time adds to.
private final class Count: Sendable {
    private let counted: Mutex<IncidentScope>

    init(_ scope: IncidentScope) {
        counted = Mutex(scope)
    }

    func take(
        _ found: [IncidentScope.Found], _ question: IncidentQuestion, _ entry: (UInt64) throws(StorageFault) -> LedgerEntry
    ) -> Result<Void, StorageFault> {
        counted.withLock { scope in
            do throws(StorageFault) {
                try scope.take(found, question, entry)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
    }

    var scope: IncidentScope { counted.withLock { $0 } }
}
