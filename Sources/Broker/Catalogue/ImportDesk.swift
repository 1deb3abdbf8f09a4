import DataSources
import Redaction
import Synchronization
import Vocabulary

/// The imports under way: who began each, for which dataset, and what it will be called. The rows are the importer's.
final class ImportDesk: Sendable {
    struct Ticket: Sendable {
        let importID: [UInt8]
        let dataset: DatasetID
        let title: String
        let summary: String
        let owner: OrganisationNumber
        let schema: DatasetSchema
        let keyField: String
        let filterFields: [String]
        let isSynthetic: Bool
        /// Only the principal that began an import goes on with it.
        let principal: PrincipalNumber
    }

    /// The importer admits fewer at once; tickets of imports that it has dropped go when their number is reached.
    private static let capacity = 64

    private let tickets = Mutex<[(id: [UInt8], ticket: Ticket)]>([])

    func open(_ ticket: Ticket) {
        tickets.withLock { tickets in
            if tickets.count >= ImportDesk.capacity { tickets.removeFirst() }
            tickets.append((ticket.importID, ticket))
        }
    }

    func find(_ importID: [UInt8], of principal: PrincipalNumber) throws(CallFault) -> Ticket {
        let found = tickets.withLock { tickets in tickets.first { $0.id == importID }?.ticket }
        guard let found, found.principal == principal else { throw .notFound(what: "an import with this id; begin again") }
        return found
    }

    func close(_ importID: [UInt8]) {
        tickets.withLock { tickets in tickets.removeAll { $0.id == importID } }
    }
}
