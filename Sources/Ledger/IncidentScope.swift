import AuditTrail
import Cryptography
import Dispatch
import Redaction
import Storage
import Synchronization
import TransparencyLog
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
    package fileprivate(set) var looked: UInt64 = 0
    /// What was looked at and is not what the hashes of the ledger stand for: then what was counted may be wrong.
    package fileprivate(set) var fault: LedgerFault?
    /// Set where `Limits.maxPeople` was reached: there are at least as many people as were counted.
    package private(set) var isPeopleBoundReached = false
    private var peopleHeld = 0
    private let limits: Limits

    package struct Limits: Sendable {
        /// People that are told apart, over all lines; each costs some 30 bytes of memory.
        package var maxPeople = 10_000_000
        /// Lines of the answer.
        package var maxLines = 100_000
        /// Tiles' worth of entries, 256 each, read in one transaction, so that none stays open for long.
        /// The opening of a batch about a thousand people has 48 kB; of three pieces at once one is read, one opened and one counted.
        package var tilesAtOnce = 8

        package init() {}
    }

    /// People over all lines, each counted once.
    package var peopleCount: Int { lines.values.reduce(into: Set<TaggedSubject.Mark>()) { $0.formUnion($1.people) }.count }
}

extension IncidentScope {
    /// Reads a log from the first entry that can matter to its head, in pieces, so that no transaction stays open for long. Every entry that is looked
    /// at is compared with the hashes of the log up to the root of `head`; one that differs is counted as it is, and `fault` tells of it.
    /// - Parameters:
    ///   - evidence: opens what is kept beside the entries; nil where its key is not at hand: then nobody is counted.
    ///   - head: how far the log is read, and the root that what is read must lead to.
    ///   - read: as many entries from an index as are asked for, with what opens them.
    ///   - tile: the bytes of a hash tile as stored.
    /// - Throws: `.corrupt` where an entry is missing or cannot be read.
    package init(
        _ question: IncidentQuestion, evidence: EvidenceKeys?, head: LedgerHead, limits: Limits = Limits(),
        read: @escaping @Sendable (LedgerIndex, Int) throws(StorageFault) -> [StoredEvidence],
        tile: @escaping @Sendable (TilePlace) throws(StorageFault) -> [UInt8]?
    ) throws(StorageFault) {
        let ledger = HeldEntries(size: head.size, atOnce: UInt64(limits.tilesAtOnce) << 8, read: read)
        var counting = Counting(
            scope: IncidentScope(limits: limits), check: try EntryCheck(head, tile: tile, entries: read), question: question, ledger: ledger)
        let first = try counting.firstOfWindow()
        let count = Count(counting)
        // From the beginning of a tile on, as only a whole one can be compared.
        var next = first & ~255
        var piece = try ledger.piece(from: next).get()
        var looked: [LookedTile] = []
        while !piece.isEmpty {
            let (before, after) = (looked, next + UInt64(piece.count))
            (looked, piece) = try IncidentScope.look(at: piece, counting: first, question, evidence) {
                ledger.piece(from: after)
            } meanwhile: {
                count.take(before)
            }
            next = after
        }
        try count.take(looked).get()
        self = count.scope
        self.looked = head.size - first
    }

    private init(limits: Limits) { self.limits = limits }

    fileprivate static func missing(_ index: UInt64) -> StorageFault { .corrupt("the ledger: entry \(index) is missing, and") }

    fileprivate static func damaged(_ index: UInt64) -> StorageFault { .corrupt("entry \(index) of the ledger") }

    fileprivate static func opened(_ bytes: [UInt8], _ index: UInt64) throws(StorageFault) -> LedgerEntry {
        do throws(EntryFault) { return try LedgerEntry(stored: bytes) } catch { throw damaged(index) }
    }

    fileprivate mutating func add(_ found: FoundExchange, under agreement: (AgreementID, AgreementVersion)) throws(StorageFault) {
        let body = found.body
        let line = Line(
            consumer: body.consumer, provider: body.provider, client: body.client, agreement: agreement.0, version: agreement.1,
            dataset: body.dataset, purpose: body.purpose)
        guard lines.count < limits.maxLines || lines[line] != nil else { throw .limit("more than \(limits.maxLines) lines; ask for a shorter window") }
        peopleHeld += try lines[line, default: Tally(first: found.place, last: found.place)].add(found, room: limits.maxPeople - peopleHeld)
        if peopleHeld >= limits.maxPeople { isPeopleBoundReached = true }
    }

    fileprivate mutating func add(_ end: End) { ends.append(end) }
}

/// The entries of a log as they are read: none may be missing from the count without a word.
private struct HeldEntries: Sendable {
    let size: UInt64
    /// Entries of a piece, a multiple of those of a tile.
    let atOnce: UInt64
    let read: @Sendable (LedgerIndex, Int) throws(StorageFault) -> [StoredEvidence]

    func entry(_ index: UInt64) throws(StorageFault) -> [UInt8] {
        guard index < size, let stored = try read(LedgerIndex(index), 1).first, stored.index == LedgerIndex(index) else {
            throw IncidentScope.missing(index)
        }
        return stored.entry
    }

    /// Empty at the end of the log.
    func piece(from first: UInt64) -> Result<[StoredEvidence], StorageFault> {
        guard first < size else { return .success([]) }
        do throws(StorageFault) {
            let count = min(atOnce, size - first)
            let piece = try read(LedgerIndex(first), Int(count))
            if let gap = zip(first..., piece).first(where: { $0 != $1.index.value }) { return .failure(IncidentScope.missing(gap.0)) }
            guard UInt64(piece.count) == count else { return .failure(IncidentScope.missing(first + UInt64(piece.count))) }
            return .success(piece)
        } catch {
            return .failure(error)
        }
    }
}

/// What is counted so far, and how far it is what the ledger's hashes stand for.
private struct Counting: Sendable {
    var scope: IncidentScope
    var check: EntryCheck
    let question: IncidentQuestion
    let ledger: HeldEntries
    /// What the AGREEMENT entries say that exchanges point at.
    private var agreements: [LedgerIndex: (AgreementID, AgreementVersion)] = [:]

    init(scope: IncidentScope, check: EntryCheck, question: IncidentQuestion, ledger: HeldEntries) {
        self.scope = scope
        self.check = check
        self.question = question
        self.ledger = ledger
    }

    /// The first entry of the question's window: sequencing times never go back.
    mutating func firstOfWindow() throws(StorageFault) -> UInt64 {
        guard let from = question.from else { return 0 }
        var (low, high) = (UInt64(0), ledger.size)
        while low < high {
            let middle = low + (high - low) / 2
            if try entry(middle).sequenced < from { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Counts what was found, in the order of the ledger.
    mutating func take(_ looked: [IncidentScope.LookedTile]) throws(StorageFault) {
        for tile in looked {
            try check.compare(tile.leaves, root: tile.root, tile: tile.index)
            for found in tile.found {
                switch found {
                case .end(let end): scope.add(end)
                case .exchange(let exchange):
                    let named = try agreement(exchange.body.agreementEntry)
                    guard question.agreement.map({ $0 == named.0 }) ?? true else { continue }
                    try scope.add(exchange, under: named)
                }
            }
        }
    }

    private mutating func agreement(_ index: LedgerIndex) throws(StorageFault) -> (AgreementID, AgreementVersion) {
        if let known = agreements[index] { return known }
        guard case .agreement(let body) = try entry(index.value).body else { throw .corrupt("the agreement of an exchange") }
        agreements[index] = (body.agreement, body.version)
        return (body.agreement, body.version)
    }

    /// An entry out of its turn, which is compared as those are that are looked at in turn.
    private mutating func entry(_ index: UInt64) throws(StorageFault) -> LedgerEntry {
        let bytes = try ledger.entry(index)
        try check.compare(bytes, at: index)
        return try IncidentScope.opened(bytes, index)
    }
}

extension IncidentScope.Tally {
    fileprivate init(first: IncidentScope.Place, last: IncidentScope.Place) {
        self.first = first
        self.last = last
    }

    /// - Parameter room: most people that may be added.
    /// - Returns: how many were.
    fileprivate mutating func add(_ found: IncidentScope.FoundExchange, room: Int) throws(StorageFault) -> Int {
        let body = found.body
        entries += 1
        if body.operation != .stream || streams.insert(body.exchange).inserted { exchanges += 1 }
        try IncidentScope.Tally.add(UInt64(body.rowsReleased), to: &recordsReleased, found.place)
        try IncidentScope.Tally.add(UInt64(body.rowsSuppressed), to: &recordsSuppressed, found.place)
        try IncidentScope.Tally.add(body.bytesReleased, to: &bytesReleased, found.place)
        if !body.fieldsReleased.isSubset(of: fieldsReleased) { fieldsReleased = fieldsReleased.union(body.fieldsReleased) }
        if !body.fieldsTransformed.isSubset(of: fieldsTransformed) { fieldsTransformed = fieldsTransformed.union(body.fieldsTransformed) }
        certificates.insert(body.certificate)
        last = found.place
        guard body.rowsReleased > 0 else { return 0 }
        guard let marks = found.people else {
            try IncidentScope.Tally.add(UInt64(body.rowsReleased), to: &recordsForgotten, found.place)
            return 0
        }
        if marks.isEmpty { try IncidentScope.Tally.add(UInt64(body.rowsReleased), to: &recordsAboutNobody, found.place) }
        let before = people.count
        for mark in marks where people.count - before < room { people.insert(mark) }
        return people.count - before
    }

    /// A sum that no broker can have come to ends the count, and not the program.
    private static func add(_ part: UInt64, to sum: inout UInt64, _ place: IncidentScope.Place) throws(StorageFault) {
        let (value, isOver) = sum.addingReportingOverflow(part)
        guard !isOver else { throw IncidentScope.damaged(place.index.value) }
        sum = value
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

    /// What the entries of one tile held, each of which was decoded and hashed.
    fileprivate struct LookedTile: Sendable {
        let index: UInt64
        let leaves: [Digest]
        /// Where the tile is full.
        let root: Digest?
        let found: [Found]
    }

    /// The entries of each tile are decoded and hashed on a core of their own: that, and opening what is sealed, is most of the work. The next piece is
    /// read meanwhile, and what the piece before held is compared and counted.
    /// - Parameters:
    ///   - piece: begins where a tile does.
    ///   - first: what comes before it is hashed alone.
    private static func look(
        at piece: [StoredEvidence], counting first: UInt64, _ question: IncidentQuestion, _ evidence: EvidenceKeys?,
        ahead: @Sendable () -> Result<[StoredEvidence], StorageFault>, meanwhile: @Sendable () -> Result<Void, StorageFault>
    ) throws(StorageFault) -> ([LookedTile], [StoredEvidence]) {
        let shares = (piece.count + 255) / 256
        let results = Shares(count: shares)
        DispatchQueue.concurrentPerform(iterations: shares + 2) { turn in
            if turn == 0 { return results.set(counted: meanwhile()) }
            if turn == 1 { return results.set(ahead: ahead()) }
            let share = turn - 2
            let tile = piece[share * 256..<min(piece.count, (share + 1) * 256)]
            results.set(share, Result { () throws(StorageFault) in try look(at: tile, counting: first, question, evidence) })
        }
        try results.counted.get()
        var all: [LookedTile] = []
        for result in results.all {
            if let tile = try result.get() { all.append(tile) }
        }
        return (all, try results.ahead.get())
    }

    private static func look(
        at tile: ArraySlice<StoredEvidence>, counting first: UInt64, _ question: IncidentQuestion, _ evidence: EvidenceKeys?
    ) throws(StorageFault) -> LookedTile? {
        guard let index = tile.first?.index.value else { return nil }
        var (leaves, found): ([Digest], [Found]) = ([], [])
        leaves.reserveCapacity(tile.count)
        found.reserveCapacity(tile.count)
        var reader = OutlineReader()
        for stored in tile {
            leaves.append(TreeHash.leaf(stored.entry))
            if stored.index.value >= first, let one = try look(at: stored, question, evidence, &reader) { found.append(one) }
        }
        return LookedTile(index: index >> 8, leaves: leaves, root: leaves.count == 256 ? HashTile.root(leaves) : nil, found: found)
    }

    private static func look(
        at stored: StoredEvidence, _ question: IncidentQuestion, _ evidence: EvidenceKeys?, _ reader: inout OutlineReader
    ) throws(StorageFault) -> Found? {
        switch LedgerEntry.kind(of: stored.entry) {
        case .exchange: return try exchange(stored, question, evidence, &reader)
        case .registry, .agreement:
            let entry = try opened(stored.entry, stored.index.value)
            return question.end(in: entry.body).map { .end(End(cause: $0, place: Place(index: stored.index, moment: entry.sequenced))) }
        case nil: throw damaged(stored.index.value)
        default: return nil
        }
    }

    private static func exchange(
        _ stored: StoredEvidence, _ question: IncidentQuestion, _ evidence: EvidenceKeys?, _ reader: inout OutlineReader
    ) throws(StorageFault) -> Found? {
        let body: ExchangeOutline
        do throws(EntryFault) { body = try reader.read(stored: stored.entry) } catch { throw damaged(stored.index.value) }
        guard question.names(body) else { return nil }
        let place = Place(index: stored.index, moment: body.sequenced)
        guard let evidence, let opening = stored.opening else { return .exchange(FoundExchange(body, place, people: nil)) }
        do throws(CryptographyFault) {
            let people = try evidence.unwrap(opening, exchange: body.exchange, part: body.part).subjects.map(\.mark)
            return .exchange(FoundExchange(body, place, people: people))
        } catch {
            throw .corrupt("what opens an entry, or keys/openings, which is not of this home")
        }
    }
}

/// What comes of the shares of a piece that are worked on at once, each written once.
private final class Shares: Sendable {
    private struct Results {
        var found: [Result<IncidentScope.LookedTile?, StorageFault>]
        var ahead: Result<[StoredEvidence], StorageFault> = .success([])
        var counted: Result<Void, StorageFault> = .success(())
    }
    private let results: Mutex<Results>

    init(count: Int) {
        results = Mutex(Results(found: Array(repeating: .success(nil), count: count)))
    }

    func set(_ share: Int, _ result: Result<IncidentScope.LookedTile?, StorageFault>) { results.withLock { $0.found[share] = result } }
    func set(ahead result: Result<[StoredEvidence], StorageFault>) { results.withLock { $0.ahead = result } }
    func set(counted result: Result<Void, StorageFault>) { results.withLock { $0.counted = result } }

    var all: [Result<IncidentScope.LookedTile?, StorageFault>] { results.withLock { $0.found } }
    var ahead: Result<[StoredEvidence], StorageFault> { results.withLock { $0.ahead } }
    var counted: Result<Void, StorageFault> { results.withLock { $0.counted } }
}

/// What is counted so far, which one core at a time adds to.
private final class Count: Sendable {
    private let counting: Mutex<Counting>

    init(_ counting: Counting) {
        self.counting = Mutex(counting)
    }

    func take(_ looked: [IncidentScope.LookedTile]) -> Result<Void, StorageFault> {
        counting.withLock { counting in
            do throws(StorageFault) {
                try counting.take(looked)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
    }

    var scope: IncidentScope {
        counting.withLock { counting in
            var scope = counting.scope
            scope.fault = counting.check.fault
            return scope
        }
    }
}
