import Cryptography
import ProtobufWire
import Redaction
import Vocabulary

/// Steps 6 and 7 of an exchange in one place: read the fields that the program needs and no others, and let out what it makes of them.
///
/// It is given everything it depends on and has no way to storage, ledger or tokens, so that it can run in the provider's own house: what
/// crosses from here is only what may be released. The same request, terms and revision give the same bytes and commitments.
package struct Edge {
    private let session: SourceSession
    private let limits: SourceLimits

    /// On the thread of `session`, which may block.
    package init(session: SourceSession, limits: SourceLimits = .standard) {
        self.session = session
        self.limits = limits
    }

    /// Reads on until `limit` records or `maxBytes` are released, the source ends, or `SourceLimits.maxRowsForPage` rows were read or `maxStepsForPage` steps
    /// taken, so that rows outside the row filter neither show as gaps nor cost without bound. Throws where the terms are not for this source; then nothing is released.
    package func release(_ request: EdgeRequest, under terms: EdgeTerms) throws(EdgeFault) -> EdgeRelease {
        guard request.layout.root == terms.program.schema.root else {
            throw .terms(.context("the program was compiled for another schema than the source has"))
        }
        let plan = session.plan(for: terms.program, in: request.layout)
        var run = try Edge.run(terms, session.takeWorkspace())
        var query = SourceQuery(
            ascending: plan.fields, conditions: request.conditions + plan.conditions, after: request.after, limit: request.limit,
            naming: terms.finding == nil ? nil : request.layout.key?.number)
        var records: [RedactedRecord] = []
        var finders: [Digest] = []
        var bytes = 0
        var hasMore = false
        var isFull = false
        var steps = 0
        repeat {
            // One more than is wanted: whether more may be released is for the row filter to say, not for how many rows lie outside it.
            query.limit = min(session.pieceRecords, request.limit - records.count + 1)
            try read(query, of: request)
            let page = session.page
            steps += page.steps
            for index in 0..<page.count {
                guard case .released(let record) = run.apply(page.bytes.span.extracting(page.range(index))) else { continue }
                if records.count == request.limit || (!records.isEmpty && bytes + record.bytes.count > request.maxBytes) {
                    // It leaves with the next entry, under that entry's key.
                    run.takeBackLast()
                    isFull = true
                    query.after = index == 0 ? query.after : page.positions[index - 1]
                    break
                }
                bytes += record.bytes.count
                records.append(record)
                if let finding = terms.finding, let name = page.names[index] { finders.append(finding.finder(of: name)) }
            }
            if !isFull {
                hasMore = page.hasMore
                query.after = page.reached
            }
            session.giveWay()
        } while hasMore && !isFull && run.counts.read < limits.maxRowsForPage && steps < limits.maxStepsForPage
        hasMore = hasMore || isFull
        let release = EdgeRelease(
            records: records, requestCommitment: run.requestCommitment(request.canonicalRequest),
            caseCommitment: run.caseCommitment(request.canonicalCase), requestSalt: run.requestSalt, caseSalt: run.caseSalt,
            counts: run.counts, finders: finders, next: hasMore ? query.after : nil)
        session.giveBack(run.end())
        return release
    }

    private static func run(_ terms: EdgeTerms, _ workspace: consuming RedactionWorkspace) throws(EdgeFault) -> RedactionRun {
        do throws(RedactionFault) {
            return try RedactionRun(
                program: terms.program, keys: terms.keys, xk: terms.xk, exchangeDate: terms.exchangeDate, evidence: terms.evidence,
                workspace: workspace)
        } catch {
            throw .terms(error)
        }
    }

    private func read(_ query: SourceQuery, of request: EdgeRequest) throws(EdgeFault) {
        do throws(SourceFault) {
            try session.read(query, of: request.file, layout: request.layout)
        } catch {
            throw .source(error)
        }
    }
}
