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
        /// The live revision that this import was compared with; 0: there was none.
        let earlier: UInt64
        /// Only the principal that began an import goes on with it.
        let principal: PrincipalNumber
    }

    private struct Place {
        let ticket: Ticket
        var touched: Timestamp
    }

    /// Imports that the owner of datasets may have under way at once: each holds a file that grows.
    static let importsPerOwner = 2

    private let idleSeconds: Int64
    private let places = Mutex<[[UInt8]: Place]>([:])

    /// - Parameter idleSeconds: after these without a batch the importer drops an import, and its place is free.
    init(idleSeconds: Int64) {
        self.idleSeconds = idleSeconds
    }

    /// Takes a place for a new import. Whoever begins an import of the same dataset again gives up the earlier one, so that a sender that
    /// broke off need not wait for it to grow old.
    /// - Returns: the import given up.
    func open(_ ticket: Ticket, now: Timestamp) throws(CallFault) -> [UInt8]? {
        let result: Result<[UInt8]?, CallFault> = places.withLock { places in
            let (idleSeconds, owner) = (idleSeconds, ticket.owner)
            places = places.filter { $0.value.touched.advanced(seconds: idleSeconds) >= now }
            let earlier = places.values.first { $0.ticket.dataset == ticket.dataset && $0.ticket.owner == owner }?.ticket
            if let earlier, earlier.principal != ticket.principal {
                return .failure(
                    .precondition(
                        reason: "IMPORT_UNDER_WAY",
                        remedy: "Somebody else imports this dataset. Wait for the end of that import, at most an hour after its last batch."))
            }
            guard earlier != nil || places.values.count(where: { $0.ticket.owner == owner }) < ImportDesk.importsPerOwner else {
                return .failure(
                    .precondition(
                        reason: "IMPORTS_UNDER_WAY",
                        remedy: "This owner has \(ImportDesk.importsPerOwner) imports under way. Finish or abort one of them first."))
            }
            if let earlier { places[earlier.importID] = nil }
            places[ticket.importID] = Place(ticket: ticket, touched: now)
            return .success(earlier?.importID)
        }
        return try result.get()
    }

    func find(_ importID: [UInt8], of principal: PrincipalNumber, now: Timestamp) throws(CallFault) -> Ticket {
        let found = places.withLock { places -> Ticket? in
            guard let ticket = places[importID]?.ticket, ticket.principal == principal else { return nil }
            places[importID]?.touched = now
            return ticket
        }
        guard let found else { throw .notFound(what: "an import with this id; begin again") }
        return found
    }

    func close(_ importID: [UInt8]) {
        places.withLock { $0[importID] = nil }
    }
}
