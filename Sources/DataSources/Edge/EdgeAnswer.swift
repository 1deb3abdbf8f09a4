import Cryptography
import Redaction
import Vocabulary

/// What an edge elsewhere answered for `Edge.release`, as it came: nothing of it is believed. ``EdgeRelease/init(_:to:under:limits:)`` examines it.
package struct EdgeAnswer: Sendable {
    package struct Record: Sendable {
        package var bytes: [UInt8]
        package var commitment: Digest
        /// One for each of the dataset schema's own fields, ascending by number.
        package var fields: [AnsweredRun.Field]

        package init(bytes: [UInt8], commitment: Digest, fields: [AnsweredRun.Field]) {
            self.bytes = bytes
            self.commitment = commitment
            self.fields = fields
        }
    }

    package var records: [Record]
    package var requestCommitment: Digest
    package var caseCommitment: Digest
    package var counts: RedactionRun.Counts
    package var finders: [Digest]
    package var next: UInt64?

    package init(
        records: [Record], requestCommitment: Digest, caseCommitment: Digest, counts: RedactionRun.Counts, finders: [Digest], next: UInt64?
    ) {
        self.records = records
        self.requestCommitment = requestCommitment
        self.caseCommitment = caseCommitment
        self.counts = counts
        self.finders = finders
        self.next = next
    }

    /// What goes back of a release. Salts do not: both sides have `xk`.
    package init(_ release: EdgeRelease) {
        self.init(
            records: release.records.map { record in
                let fields = record.opening.fields.map { AnsweredRun.Field(disposition: $0.disposition, sourceDigest: $0.sourceDigest) }
                return Record(bytes: record.bytes, commitment: record.commitment, fields: fields)
            },
            requestCommitment: release.requestCommitment, caseCommitment: release.caseCommitment, counts: release.counts, finders: release.finders,
            next: release.next)
    }
}

extension EdgeRelease {
    /// Takes the answer to this request under these terms. Throws `EdgeFault.unanswered` where no run could have made it: then nothing of it is released.
    ///
    /// Held are the records (`AnsweredRun`), the commitments to request and case, and how much came of what was asked for; that the counts add up
    /// and stay within what the revision has in it between this page's start and the next one's, so that no audit refuses the entry that they go into;
    /// that there is a mark for each record that a run marks; and that the next page begins after this one and before the last row.
    package init(
        _ answer: EdgeAnswer, to request: EdgeRequest, under terms: EdgeTerms, limits: SourceLimits = .standard
    ) throws(EdgeFault) {
        try answer.requireMeasure(of: request)
        try answer.requireWay(through: request)
        try answer.requireCounts(within: request, of: terms.program, limits)
        guard answer.finders.count == (terms.finding != nil && request.layout.namesEveryRow ? answer.records.count : 0) else {
            throw .unanswered(reason: "another number of people than of records")
        }
        var run: AnsweredRun
        do throws(RedactionFault) {
            run = try AnsweredRun(program: terms.program, xk: terms.xk, evidence: terms.evidence)
        } catch {
            throw .terms(error)
        }
        let requestCommitment = run.requestCommitment(request.canonicalRequest)
        let caseCommitment = run.caseCommitment(request.canonicalCase)
        guard answer.requestCommitment == requestCommitment else { throw .unanswered(reason: "a commitment to another request") }
        guard answer.caseCommitment == caseCommitment else { throw .unanswered(reason: "a commitment to another case") }
        var records: [RedactedRecord] = []
        do throws(RedactionFault) {
            for record in answer.records { records.append(try run.take(record.bytes, commitment: record.commitment, fields: record.fields)) }
        } catch {
            throw .unanswered(reason: error.description)
        }
        self.init(
            records: records, requestCommitment: requestCommitment, caseCommitment: caseCommitment, requestSalt: run.requestSalt,
            caseSalt: run.caseSalt, counts: answer.counts, finders: answer.finders, next: answer.next)
    }
}

extension EdgeAnswer {
    fileprivate func requireMeasure(of request: EdgeRequest) throws(EdgeFault) {
        guard records.count <= request.limit else { throw .unanswered(reason: "more records than were asked for") }
        let bytes = records.reduce(0) { $0 + $1.bytes.count }
        guard records.count <= 1 || bytes <= request.maxBytes else { throw .unanswered(reason: "more bytes than were asked for") }
    }

    /// Rows have the positions 1 to `rows`, and a run says that there is more where it knows of a row behind.
    fileprivate func requireWay(through request: EdgeRequest) throws(EdgeFault) {
        guard let next else { return }
        guard next > request.after else { throw .unanswered(reason: "a next page that is not after this one") }
        guard next < request.rows else { throw .unanswered(reason: "a next page behind the last row") }
    }

    fileprivate func requireCounts(within request: EdgeRequest, of program: RedactionProgram, _ limits: SourceLimits) throws(EdgeFault) {
        let parts = [counts.released, counts.filteredOut, counts.withheld]
        // A run that has read all but one of the most rows reads one more page.
        guard counts.read <= limits.maxRowsForPage + limits.maxPageRecords, parts.allSatisfy({ (0...max(0, counts.read)).contains($0) }) else {
            throw .unanswered(reason: "counts of more rows than are read for one page")
        }
        guard counts.released == records.count, counts.read == parts.reduce(0, +) else { throw .unanswered(reason: "counts that do not add up") }
        guard program.rowFilter != nil || counts.filteredOut == 0 else { throw .unanswered(reason: "rows outside a row filter that is not there") }
        let end = next ?? request.rows
        guard UInt64(counts.read) <= end - min(end, request.after) else { throw .unanswered(reason: "counts of more rows than the revision has there") }
        for condition in request.conditions where condition.number == request.layout.key?.number {
            guard counts.read <= condition.values.count else { throw .unanswered(reason: "counts of more rows than have that key") }
        }
    }
}

extension SourceLayout {
    /// Whether each row says whom it is about: an import refuses a record without its key, and no enum's value names anybody.
    fileprivate var namesEveryRow: Bool {
        switch columns.first(where: { $0.field.number == key?.number })?.storage {
        case .text, .integer: true
        case .enumeration, .real, .bytes, .encoded, nil: false
        }
    }
}
