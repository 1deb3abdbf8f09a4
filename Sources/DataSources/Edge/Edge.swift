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

    /// Reads on until `limit` records are released, the source ends, or `SourceLimits.maxRowsForPage` rows were read, so that rows outside the
    /// row filter neither show as gaps nor cost without bound. Throws where the terms are not for this source; then nothing is released.
    package func release(_ request: EdgeRequest, under terms: EdgeTerms) throws(EdgeFault) -> EdgeRelease {
        guard request.layout.root == terms.program.schema.root else {
            throw .terms(.context("the program was compiled for another schema than the source has"))
        }
        var run = try Edge.run(terms)
        var query = SourceQuery(
            fields: terms.program.columns.map(\.number),
            conditions: request.conditions + Edge.pushedDown(terms.program.rowFilter, into: request.layout), after: request.after,
            limit: request.limit)
        var records: [RedactedRecord] = []
        var bytes = 0
        var hasMore = false
        repeat {
            query.limit = request.limit - records.count
            try read(query, of: request)
            let page = session.page
            for index in 0..<page.count {
                guard case .released(let record) = run.apply(page.bytes.span.extracting(page.range(index))) else { continue }
                bytes += record.bytes.count
                records.append(record)
            }
            hasMore = session.page.hasMore
            query.after = session.page.lastPosition ?? query.after
        } while hasMore && records.count < request.limit && bytes < limits.maxPageBytes && run.counts.read < limits.maxRowsForPage
        return EdgeRelease(
            records: records, requestCommitment: run.requestCommitment(request.canonicalRequest),
            caseCommitment: run.caseCommitment(request.canonicalCase), requestSalt: run.requestSalt, caseSalt: run.caseSalt,
            counts: run.counts, next: hasMore ? query.after : nil)
    }

    private static func run(_ terms: EdgeTerms) throws(EdgeFault) -> RedactionRun {
        do throws(RedactionFault) {
            return try RedactionRun(
                program: terms.program, keys: terms.keys, xk: terms.xk, exchangeDate: terms.exchangeDate, evidence: terms.evidence)
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

    /// The parts of the row filter that an index can answer. They only save reading: the run decides on every row again, with the whole filter.
    private static func pushedDown(_ filter: RowFilter?, into layout: SourceLayout) -> [SourceCondition] {
        switch filter {
        case nil, .any: return []
        case .all(let parts): return Array(parts.flatMap { pushedDown($0, into: layout) }.prefix(4))
        case .test(let path, let values):
            guard path.names.count == 1, let field = layout.root.field(named: path.leaf), layout.isIndexed(field) else { return [] }
            do throws(SourceFault) {
                return [try SourceCondition(field: path.leaf, isOneOf: values, in: layout)]
            } catch {
                // Left to the run, for which a value that cannot be read is no match.
                return []
            }
        }
    }
}
