import Cryptography
import Storage
import Vocabulary

extension SQLiteSession {
    // MARK: Meters

    func used(_ meter: QuotaMeter) throws(StorageFault) -> QuotaAmount {
        if let now = chargedNow(meter) { return now }
        let found =
            switch meter {
            case .day(let agreement, let client, let day):
                try statement("SELECT rows, bytes, calls FROM day_meter WHERE agreement = ? AND client = ? AND day = ?")
                    .first(.text(agreement.text), .uint(client.value), .int(Int64(day.daysSince1970)), read: amount)
            case .token(let digest, _):
                try statement("SELECT rows, bytes, calls FROM token_meter WHERE digest = ?").first(.digest(digest), read: amount)
            }
        return found ?? .none
    }

    func charge(_ amount: QuotaAmount, to meter: QuotaMeter, within limits: QuotaAmount) throws(StorageFault) -> QuotaVerdict {
        switch try used(meter).adding(amount, within: limits) {
        case .failure(let excess): return .exceeded(excess.dimension)
        case .success(let sum):
            noteCharge(sum, to: meter)
            return .charged(used: sum)
        }
    }

    /// Writes what a transaction charged to one meter.
    func write(_ charged: ChargedMeter) throws(StorageFault) {
        let used = charged.used
        switch charged.meter {
        case .day(let agreement, let client, let day):
            try statement(
                """
                INSERT INTO day_meter(agreement, client, day, rows, bytes, calls) VALUES(?, ?, ?, ?, ?, ?)
                ON CONFLICT(agreement, client, day) DO UPDATE SET rows = excluded.rows, bytes = excluded.bytes, calls = excluded.calls
                """
            ).execute(
                .text(agreement.text), .uint(client.value), .int(Int64(day.daysSince1970)), .uint(used.rows), .uint(used.bytes),
                .uint(used.calls))
        case .token(let digest, let expiry):
            try statement(
                """
                INSERT INTO token_meter(digest, expiry, rows, bytes, calls) VALUES(?, ?, ?, ?, ?)
                ON CONFLICT(digest) DO UPDATE SET rows = excluded.rows, bytes = excluded.bytes, calls = excluded.calls
                """
            ).execute(.digest(digest), .time(expiry), .uint(used.rows), .uint(used.bytes), .uint(used.calls))
        }
    }

    private func amount(_ row: SQLRow) throws(StorageFault) -> QuotaAmount {
        QuotaAmount(rows: try row.uint64(0, "meter.rows"), bytes: try row.uint64(1, "meter.bytes"), calls: try row.uint64(2, "meter.calls"))
    }

    // MARK: Request ids, openings, exchange ids

    func request(_ id: [UInt8], of client: PrincipalNumber, at now: Timestamp) throws(StorageFault) -> RememberedRequest? {
        try statement("SELECT digest, entry, ends FROM request WHERE client = ? AND id = ? AND ends > ?")
            .first(.uint(client.value), .blob(id), .time(now)) { row throws(StorageFault) in
                RememberedRequest(
                    client: client, requestID: id, bodyDigest: try row.digest(0, "request.digest"),
                    entry: try row.entry(1, "request.entry"), until: row.time(2))
            }
    }

    func remember(_ request: RememberedRequest, at now: Timestamp) throws(StorageFault) {
        guard (1...limits.maxRequestIDBytes).contains(request.requestID.count) else {
            throw .limit("request id must have 1 to \(limits.maxRequestIDBytes) bytes")
        }
        let written = try statement(
            """
            INSERT INTO request(client, id, digest, entry, ends) VALUES(?, ?, ?, ?, ?)
            ON CONFLICT(client, id) DO UPDATE SET digest = excluded.digest, entry = excluded.entry, ends = excluded.ends
                WHERE request.ends <= ?
            """
        ).execute(
            .uint(request.client.value), .blob(request.requestID), .digest(request.bodyDigest), .entry(request.entry),
            .time(request.until), .time(now))
        guard written == 1 else { throw .conflict("request.client, request.id") }
    }

    func opening(_ entry: LedgerIndex) throws(StorageFault) -> StoredOpening? {
        try statement("SELECT wrapped, ends FROM opening WHERE entry = ?")
            .first(.sought(entry)) { row in StoredOpening(entry: entry, wrapped: row.blob(0), until: row.time(1)) }
    }

    func keep(_ opening: StoredOpening) throws(StorageFault) {
        try check(blob: opening.wrapped, "wrapped key")
        try statement("INSERT INTO opening(entry, wrapped, ends) VALUES(?, ?, ?)")
            .execute(.entry(opening.entry), .blob(opening.wrapped), .time(opening.until))
    }

    func eraseOpening(_ entry: LedgerIndex) throws(StorageFault) -> Bool {
        try statement("DELETE FROM opening WHERE entry = ?").execute(.entry(entry)) == 1
    }

    func entry(of exchange: ExchangeID, part: UInt32) throws(StorageFault) -> LedgerIndex? {
        try statement("SELECT entry FROM exchange WHERE id = ? AND part = ?")
            .first(.blob(exchange.bytes), .uint(part)) { row throws(StorageFault) in try row.entry(0, "exchange.entry") }
    }

    func record(_ exchange: ExchangeID, part: UInt32, at entry: LedgerIndex) throws(StorageFault) {
        try statement("INSERT INTO exchange(id, part, entry) VALUES(?, ?, ?)")
            .execute(.blob(exchange.bytes), .uint(part), .entry(entry))
    }

    // MARK: Subjects

    func subject(_ finder: Digest) throws(StorageFault) -> SubjectHandle? {
        try statement("SELECT wrapped, counter FROM subject WHERE finder = ?")
            .first(.digest(finder)) { row throws(StorageFault) in
                SubjectHandle(finder: finder, wrappedKey: row.blob(0), counter: try row.uint64(1, "subject.counter"))
            }
    }

    func add(_ subject: SubjectHandle) throws(StorageFault) {
        try check(blob: subject.wrappedKey, "wrapped key")
        try statement("INSERT INTO subject(finder, wrapped, counter) VALUES(?, ?, 0)")
            .execute(.digest(subject.finder), .blob(subject.wrappedKey))
    }

    func advance(_ subject: SubjectHandle) throws(StorageFault) -> UInt64 {
        // Not UPDATE ... RETURNING: SQLite makes a temporary table for the answer, which costs three times the change.
        let written = try statement("UPDATE subject SET counter = ? WHERE finder = ? AND counter = ?")
            .execute(.uint(subject.counter + 1), .digest(subject.finder), .uint(subject.counter))
        guard written == 1 else { throw .conflict("subject.finder, subject.counter") }
        return subject.counter + 1
    }

    func eraseSubject(_ finder: Digest) throws(StorageFault) -> Bool {
        try statement("DELETE FROM subject WHERE finder = ?").execute(.digest(finder)) == 1
    }

    func forget(before now: Timestamp, limit: Int) throws(StorageFault) -> Int {
        let bound = SQLValue.int(Int64(limit))
        let requests = try statement(
            "DELETE FROM request WHERE (client, id) IN (SELECT client, id FROM request WHERE ends <= ? LIMIT ?)"
        ).execute(.time(now), bound)
        let denied = try statement("DELETE FROM denied_token WHERE digest IN (SELECT digest FROM denied_token WHERE expiry <= ? LIMIT ?)")
            .execute(.time(now), bound)
        let meters = try statement("DELETE FROM token_meter WHERE digest IN (SELECT digest FROM token_meter WHERE expiry <= ? LIMIT ?)")
            .execute(.time(now), bound)
        let tokens = try statement("DELETE FROM token WHERE digest IN (SELECT digest FROM token WHERE expiry <= ? LIMIT ?)")
            .execute(.time(now), bound)
        let openings = try statement("DELETE FROM opening WHERE entry IN (SELECT entry FROM opening WHERE ends <= ? LIMIT ?)")
            .execute(.time(now), bound)
        return requests + denied + meters + tokens + openings
    }
}
