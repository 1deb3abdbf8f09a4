import Agreements
import BrokerProtocol
import Redaction
import Storage
import Vocabulary

/// Fills in what the broker knows better than the author of a document, and reads it as terms.
enum TermsCompletion {
    /// Writes the digest of the live schema into each dataset that leaves `schema` out.
    static func complete(_ document: DocumentNode, in store: any StorageReading) throws(StorageFault) -> DocumentNode {
        guard let datasets = document["datasets"]?.elements else { return document }
        var completed: [DocumentNode] = []
        for node in datasets {
            guard node["schema"] == nil, let name = node["id"]?.string, let id = DatasetID(name), let dataset = try store.dataset(id) else {
                completed.append(node)
                continue
            }
            completed.append(node.setting("schema", to: .string(dataset.schemaDigest.hex)))
        }
        return document.setting("datasets", to: .list(completed))
    }

    /// The terms of a document as it travels, with every problem of its form and the lines they stand in.
    static func terms(
        _ wire: Concordat_V1_DocumentNode, agreement: AgreementID?, version: AgreementVersion?, limits: BrokerLimits,
        in store: any StorageReading
    ) throws(StorageFault) -> Result<Terms, TermsReadingFault> {
        let document: DocumentNode
        do throws(CallFault) {
            document = try DocumentNode(wire: wire, limits: limits)
        } catch {
            return .failure(.call(error))
        }
        let completed = try complete(document, in: store)
        do throws(TermsFault) {
            return .success(try Terms(document: completed, agreement: agreement, version: version))
        } catch {
            return .failure(.terms(error.problems))
        }
    }
}

/// Why a document is not terms.
enum TermsReadingFault: Error {
    case call(CallFault)
    case terms([TermsProblem])

    func callFault(in document: Concordat_V1_DocumentNode) -> CallFault {
        switch self {
        case .call(let fault): fault
        case .terms(let problems): .invalidFields(problems.map { $0.problem(in: document) })
        }
    }
}
