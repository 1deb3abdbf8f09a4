import Cryptography
import Vocabulary

/// What later entries must be compared with: parts of exchanges, commitments that were used, and what flowed today.
struct ReplayedExchanges: Sendable {
    struct Mark: Sendable {
        let client: PrincipalNumber
        let exchange: ExchangeID
        let recordsRoot: Digest
    }

    /// A stream so far: what each of its parts must repeat, and where it stands.
    private struct Progress: Sendable {
        let call: CallIdentity
        var lastPart: UInt32
        var isClosed: Bool
        /// Released by all parts.
        var rows: UInt64
    }

    /// What all parts of one exchange have in common.
    private struct CallIdentity: Sendable {
        let client: PrincipalNumber
        let agreementEntry: LedgerIndex
        let token: Digest
        let dataset: DatasetID
        let operation: Operation
        let purpose: PurposeCode
        let arrived: Timestamp

        init(_ entry: ExchangeEntry, arrived: Timestamp) {
            client = entry.client
            agreementEntry = entry.agreementEntry
            token = entry.tokenDigest
            dataset = entry.dataset
            operation = entry.operation
            purpose = entry.purpose
            self.arrived = arrived
        }

        /// What another part says otherwise; nil where the two are parts of one exchange.
        func difference(from other: CallIdentity) -> String? {
            if client != other.client { return "client" }
            if agreementEntry != other.agreementEntry { return "agreement entry" }
            if token != other.token { return "token" }
            if dataset != other.dataset { return "dataset" }
            if operation != other.operation { return "operation" }
            if purpose != other.purpose { return "purpose" }
            return arrived != other.arrived ? "arrival" : nil
        }
    }

    private struct QuotaKey: Hashable {
        let agreement: ReplayedAgreements.Key
        let client: PrincipalNumber
    }

    struct Usage: Sendable {
        var rows: UInt64 = 0
        var bytes: UInt64 = 0
        var calls: UInt64 = 0

        /// A call is counted with its first part; that only a stream has others is a rule of its own.
        mutating func add(_ entry: ExchangeEntry) {
            rows = sum(rows, UInt64(entry.rowsReleased))
            bytes = sum(bytes, entry.bytesReleased)
            calls = sum(calls, entry.part == 0 ? 1 : 0)
        }

        private func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }
    }

    private(set) var marks: [LedgerIndex: Mark] = [:]
    private var progress: [ExchangeID: Progress] = [:]
    private var used: Set<Digest> = []
    private var nonces: Set<[UInt8]> = []
    private var day = CalendarDate(daysSince1970: 0)
    private var usage: [QuotaKey: Usage] = [:]

    mutating func remember(_ entry: ExchangeEntry, at index: LedgerIndex) {
        marks[index] = Mark(client: entry.client, exchange: entry.exchange, recordsRoot: entry.recordsRoot)
    }

    /// Queries and matches are answered in one entry. The parts of a stream are numbered from 0 without gap, are of one call, and end with the last.
    /// - Returns: the rows that the call has released so far, in this part and those before it.
    mutating func takePart(_ entry: ExchangeEntry, arrived: Timestamp) throws(Breach) -> UInt64 {
        let call = CallIdentity(entry, arrived: arrived)
        guard let before = progress[entry.exchange] else {
            let rows = UInt64(entry.rowsReleased)
            progress[entry.exchange] = Progress(call: call, lastPart: entry.part, isClosed: entry.isLastPart, rows: rows)
            try requireOneEntry(entry)
            try require(entry.part == 0, .parts, "part \(entry.part) comes without the parts before it")
            return rows
        }
        let rows = before.rows + UInt64(entry.rowsReleased)
        progress[entry.exchange]?.lastPart = entry.part
        progress[entry.exchange]?.isClosed = entry.isLastPart
        progress[entry.exchange]?.rows = rows
        try require(!before.isClosed, .parts, "part \(entry.part) comes after the last part")
        try require(entry.part > before.lastPart, .parts, "part \(entry.part) comes twice, or after a later one")
        try require(entry.part == before.lastPart + 1, .parts, "the parts between \(before.lastPart) and \(entry.part) are missing")
        if let name = call.difference(from: before.call) {
            throw Breach(.parts, "part \(entry.part) has another \(name) than part 0 of its exchange")
        }
        try requireOneEntry(entry)
        return rows
    }

    private func requireOneEntry(_ entry: ExchangeEntry) throws(Breach) {
        switch entry.operation {
        case .stream: return
        case .query, .match:
            try require(
                entry.part == 0 && entry.isLastPart, .parts,
                "a \(entry.operation.name) is answered in one entry, part 0 and the last; this is part \(entry.part)\(entry.isLastPart ? "" : " and not the last")")
        }
    }

    /// Random and salted values are never zero, and salted ones never come twice. A repetition has salts of its own, and so another records root.
    mutating func takeCommitments(_ entry: ExchangeEntry) throws(Breach) {
        try require(entry.exchange.bytes.contains { $0 != 0 }, .commitment, "the exchange id is all zeros")
        let empty = Digest.sha256([])
        let values = [
            ("request commitment", entry.requestCommitment), ("subject", entry.subject), ("case commitment", entry.caseCommitment),
        ]
        for case (let name, let value?) in values {
            try require(value != Digest.zero, .commitment, "the \(name) is all zeros")
            try require(used.insert(value).inserted, .commitment, "the \(name) was used before")
        }
        try require(entry.recordsRoot != Digest.zero, .commitment, "the records root is all zeros")
        try require(
            (entry.recordsRoot == empty) == (entry.rowsReleased == 0), .commitment,
            "the records root is that of no record, or of some, where the row count says otherwise")
        try require(
            entry.recordsRoot == empty || used.insert(entry.recordsRoot).inserted, .commitment,
            "the records root was used before; records have fresh salts each time they leave")
        if let nonce = entry.evidence?.nonce {
            try require(nonces.insert(nonce).inserted, .signature, "the nonce of the request's signature was used before")
        }
    }

    /// Adds an exchange to what the client took under the agreement on that UTC day.
    mutating func charge(_ entry: ExchangeEntry, _ key: ReplayedAgreements.Key, at moment: Timestamp) -> Usage {
        if moment.utcDate != day {
            day = moment.utcDate
            usage = [:]
        }
        let quota = QuotaKey(agreement: key, client: entry.client)
        usage[quota, default: Usage()].add(entry)
        return usage[quota, default: Usage()]
    }
}
