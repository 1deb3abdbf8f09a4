import Cryptography
import Storage
import Vocabulary

extension SQLiteSession {
    /// Hashes of a full tile: 256 of 32 bytes.
    private static var fullTileBytes: Int { 8_192 }

    func head() throws(StorageFault) -> LedgerHead? {
        try statement("SELECT size, root, sequenced FROM log").first { row throws(StorageFault) in
            LedgerHead(size: try row.uint64(0, "log.size"), root: try row.digest(1, "log.root"), sequenced: row.time(2))
        }
    }

    func origin() throws(StorageFault) -> String? {
        try statement("SELECT origin FROM log").first { row in row.text(0) }
    }

    func entry(_ index: LedgerIndex) throws(StorageFault) -> [UInt8]? {
        try statement("SELECT body FROM entry WHERE idx = ?").first(.sought(index)) { row in row.blob(0) }
    }

    func entries(from first: LedgerIndex, count: Int) throws(StorageFault) -> [[UInt8]] {
        try statement("SELECT body FROM entry WHERE idx >= ? ORDER BY idx LIMIT ?")
            .all(.int(Int64(clamping: first.value)), .int(Int64(count))) { row in row.blob(0) }
    }

    func evidence(from first: LedgerIndex, count: Int) throws(StorageFault) -> [StoredEvidence] {
        try statement(
            """
            SELECT body, wrapped, idx FROM entry LEFT JOIN opening ON opening.entry = entry.idx WHERE idx >= ? ORDER BY idx LIMIT ?
            """
        ).all(.int(Int64(clamping: first.value)), .int(Int64(count))) { row throws(StorageFault) in
            StoredEvidence(try row.entry(2, "entry.idx"), entry: row.blob(0), opening: row.isNull(1) ? nil : row.blob(1))
        }
    }

    func tile(_ place: TilePlace) throws(StorageFault) -> [UInt8]? {
        try statement("SELECT hashes FROM tile WHERE place = ?").first(key(place)) { row in row.blob(0) }
    }

    func checkpoint() throws(StorageFault) -> (size: UInt64, note: [UInt8])? {
        try statement("SELECT note_size, note FROM log WHERE note IS NOT NULL").first { row throws(StorageFault) in
            (try row.uint64(0, "log.note_size"), row.blob(1))
        }
    }

    func createLog(origin: String, head: LedgerHead) throws(StorageFault) {
        try check(text: origin, "origin")
        try statement("INSERT INTO log(id, origin, size, root, sequenced) VALUES(0, ?, ?, ?, ?)")
            .execute(.text(origin), .uint(head.size), .digest(head.root), .time(head.sequenced))
    }

    func append(_ entries: [[UInt8]], from first: LedgerIndex) throws(StorageFault) {
        let insert = try statement("INSERT INTO entry(idx, body) VALUES(?, ?)")
        var index = first.value
        for entry in entries {
            try insert.execute(.uint(index), .blob(entry))
            index += 1
        }
    }

    func put(_ hashes: [UInt8], at place: TilePlace) throws(StorageFault) {
        precondition((32...Self.fullTileBytes).contains(hashes.count) && hashes.count.isMultiple(of: 32), "a tile has 1 to 256 hashes")
        // A tile only ever grows at its end: another content at the same place would be another history.
        let written = try statement(
            """
            INSERT INTO tile(place, hashes) VALUES(?, ?)
            ON CONFLICT(place) DO UPDATE SET hashes = excluded.hashes
                WHERE substr(excluded.hashes, 1, length(tile.hashes)) = tile.hashes
            """
        ).execute(key(place), .blob(hashes))
        guard written == 1 else { throw .conflict("tile.place") }
    }

    func moveHead(from old: LedgerHead, to new: LedgerHead) throws(StorageFault) {
        let moved = try statement("UPDATE log SET size = ?, root = ?, sequenced = ? WHERE size = ? AND root = ?")
            .execute(.uint(new.size), .digest(new.root), .time(new.sequenced), .uint(old.size), .digest(old.root))
        guard moved == 1 else { throw .conflict("log.size, log.root") }
    }

    func put(checkpoint note: [UInt8], size: UInt64) throws(StorageFault) {
        let written = try statement("UPDATE log SET note_size = ?1, note = ?2 WHERE note_size IS NULL OR note_size <= ?1")
            .execute(.uint(size), .blob(note))
        guard written == 1 else { throw .conflict("log.note_size") }
    }

    func note(_ entry: LedgerIndex, about topic: LedgerTopic) throws(StorageFault) {
        let (kind, key) = topicKey(topic)
        try statement("INSERT INTO topic(kind, key, entry) VALUES(?, ?, ?) ON CONFLICT DO NOTHING")
            .execute(.int(kind), .text(key), .entry(entry))
    }

    func entries(about topic: LedgerTopic, before: LedgerIndex, limit: Int) throws(StorageFault) -> [LedgerIndex] {
        let (kind, key) = topicKey(topic)
        // Indices above what a column holds cannot occur; "before everything" may be asked for with the largest number.
        let bound = LedgerIndex(min(before.value, UInt64(Int64.max)))
        return try statement("SELECT entry FROM topic WHERE kind = ? AND key = ? AND entry < ? ORDER BY entry DESC LIMIT ?")
            .all(.int(kind), .text(key), .entry(bound), .int(Int64(min(limit, limits.maxListRows)))) { row throws(StorageFault) in
                try row.entry(0, "topic.entry")
            }
    }

    private func key(_ place: TilePlace) -> SQLValue {
        precondition(place.level < 64 && place.index < 1 << 56, "a tile's place fits one number")
        return .uint(UInt64(place.level) << 56 | place.index)
    }

    private func topicKey(_ topic: LedgerTopic) -> (Int64, String) {
        switch topic {
        case .agreement(let id): (1, id.text)
        case .denials: (2, "")
        case .denialsOf(let principal): (3, String(principal.value))
        }
    }
}
