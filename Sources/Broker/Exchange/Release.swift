import Cryptography
import DataSources
import Redaction
import Vocabulary

extension BrokerCore {
    /// What the provider's edge is asked for steps 6 and 7: the request, the terms' program and this exchange's key. It gives back what may
    /// leave, and has no access to storage, ledger or tokens.
    func edgeWork(_ exchange: Exchange, after position: UInt64, rows: Int) throws(CallFault) -> EdgeWork {
        let governed = exchange.governed
        let level = governed.evidence
        let keys: TransformKeys
        do throws(RedactionFault) {
            keys = try governed.keys(for: exchange.program)
        } catch {
            throw .internal(part: "redaction keys")
        }
        return EdgeWork(
            request: EdgeRequest(
                file: governed.dataset.sourceFile, layout: governed.layout, rows: governed.dataset.rows,
                conditions: try conditions(exchange.form, governed), after: position, limit: min(rows, openingsThatFit(governed, level)),
                maxBytes: exchange.form.operation == .stream ? configuration.limits.batchBytes : SourceLimits.standard.maxPageBytes,
                canonicalRequest: exchange.form.canonicalBytes,
                canonicalCase: exchange.form.canonicalCase ?? []),
            terms: EdgeTerms(
                program: exchange.program, keys: keys, xk: SecretBytes(exchange.saltKey),
                exchangeDate: exchange.call.arrived.utcDate, evidence: level,
                finding: exchange.form.search.isByKey ? nil : subjectFinding(governed)))
    }

    /// How the people of a dataset are found; nil where its records are about nobody.
    func subjectFinding(_ governed: GovernedDataset) -> SubjectFinding? {
        governed.subjectDomain.map { SubjectFinding(domain: $0, key: evidence.finding, secret: evidence.findingSecret) }
    }

    /// Steps 6 and 7 alone, for an answer that has its entry already.
    func release(_ exchange: Exchange, after position: UInt64, rows: Int) async throws(CallFault) -> ReleasedBatch {
        let work = try edgeWork(exchange, after: position, rows: rows)
        let result: Result<ReleasedBatch, EdgeFault>?
        do throws(SourceFault) {
            result = try await sources.reader.run(for: exchange.turn) { [edge] session throws(SourceFault) in
                exchange.call.isAbandoned() ? nil : work.run(session, by: edge)
            }
        } catch {
            throw sourceFault(.source(error), exchange.call)
        }
        switch result {
        case .success(let release): return release
        case .failure(let fault): throw sourceFault(fault, exchange.call)
        case nil: throw .abandoned
        }
    }

    private func conditions(_ form: ExchangeForm, _ governed: GovernedDataset) throws(CallFault) -> [SourceCondition] {
        switch form.search {
        case .key(let value):
            guard let field = governed.layout.key else { throw .invalid(field: "key", problem: "is not possible: this dataset has no key; use filter") }
            try BrokerCore.requireForm(value, ofKey: field.name, in: governed.schema, at: "key.value")
            return [try BrokerCore.condition(field.name, value, "key.value", governed.layout)]
        case .filter(let tests):
            var all: [SourceCondition] = []
            for (index, test) in tests.enumerated() {
                all.append(
                    try BrokerCore.condition(test.field.description, test.value, "filter.conditions[\(index)].equals", governed.layout))
            }
            return all
        }
    }

    /// A key in another spelling than the source's would find nobody, as if there were no such person.
    static func requireForm(_ value: String, ofKey name: String, in schema: DatasetSchema, at place: String) throws(CallFault) {
        guard let form = FieldPath(name).flatMap(schema.leaf)?.label.canon, !form.isCanonical(Array(value.utf8)) else { return }
        throw .invalid(field: place, problem: "is not in the form \(form.rawValue); \(form.remedy)")
    }

    static func condition(
        _ name: String, _ value: String, _ field: @autoclosure () -> String, _ layout: SourceLayout
    ) throws(CallFault) -> SourceCondition {
        do throws(SourceFault) {
            return try SourceCondition(field: name, equals: value, in: layout)
        } catch {
            guard case .condition(_, let fault) = error else { throw .internal(part: "condition") }
            throw .invalid(field: field(), problem: fault)
        }
    }

    /// How many records leave room for their openings in an answer that ordinary clients accept.
    private func openingsThatFit(_ governed: GovernedDataset, _ level: EvidenceLevel) -> Int {
        guard level == .field else { return configuration.limits.rowsPerAnswer }
        let each = 96 + 56 * governed.schema.root.fields.count
        return max(1, configuration.limits.openingBytes / each)
    }

    func sourceFault(_ fault: EdgeFault, _ call: Call) -> CallFault {
        logger.error("source", metadata: ["call": "\(call.reference)", "method": "\(call.method)", "fault": "\(fault)", "trace": "\(call.trace)"])
        switch fault {
        case .source(.busyForClient): return .busy(reason: "source_reads_waiting", stage: .source)
        case .source: return .unavailable(part: "source")
        case .unanswered: return .unavailable(part: "edge")
        case .terms: return .internal(part: "edge")
        }
    }
}

/// Steps 6 and 7 of one exchange, to be done where the source is.
struct EdgeWork: Sendable {
    let request: EdgeRequest
    let terms: EdgeTerms

    func run(_ session: SourceSession, by edge: EdgeRunner) -> Result<ReleasedBatch, EdgeFault> {
        do throws(EdgeFault) {
            return .success(ReleasedBatch(try edge.release(request, terms, session)))
        } catch {
            return .failure(error)
        }
    }
}
