import Agreements
import Authorization
import Cryptography
import DataSources
import Redaction
import Storage
import Synchronization
import Vocabulary

/// One dataset under one agreement for one recipient, with everything that an exchange needs and that changes with the registry only.
final class GovernedDataset: Sendable {
    let stored: StoredAgreement
    let state: AgreementState
    let dataset: CatalogueDataset
    let schema: DatasetSchema
    /// How the dataset's records stand in their file.
    let layout: SourceLayout
    let provider: RegisteredOrganisation
    /// The field by whose value one record is found.
    let keyField: FieldPath?
    /// How records are committed to.
    let evidence: Redaction.EvidenceLevel
    /// Leaf of the key field where it names a person, with the prefix that keeps numbers of two domains apart; nil where a search by key is about nobody.
    let subjectDomain: [UInt8]?
    private let root: PseudonymRoot
    private let derived: Mutex<Derived>

    private struct Derived {
        var governing: GoverningAgreement
        var keys: [Digest: TransformKeys] = [:]
    }

    /// Keys of narrowed programs that are kept.
    private static let maxKeys = 64

    init(
        stored: StoredAgreement, state: AgreementState, dataset: CatalogueDataset, schema: DatasetSchema, layout: SourceLayout,
        provider: RegisteredOrganisation, policy: AgreementPolicy?, root: PseudonymRoot
    ) {
        self.stored = stored
        self.state = state
        self.dataset = dataset
        self.schema = schema
        self.layout = layout
        self.provider = provider
        keyField = FieldPath(dataset.keyField)
        evidence = Redaction.EvidenceLevel(rawValue: state.terms.evidence.level.rawValue) ?? .field
        let key = keyField.flatMap { path in schema.leaves.first { $0.path == path } }
        subjectDomain = key.flatMap { $0.label.effectiveRole == .subjectKey ? Array($0.label.domain.utf8) + [0] : nil }
        self.root = root
        derived = Mutex(Derived(governing: GoverningAgreement(state: state, policy: policy)))
    }

    /// The agreement as the decision sees it.
    var governing: GoverningAgreement { derived.withLock { $0.governing } }

    /// Keeps a narrowed program for the next request of the same fields.
    func remember(_ program: RedactionProgram, of agreement: GoverningAgreement) {
        guard let next = agreement.remembering(program) else { return }
        derived.withLock { $0.governing = next }
    }

    /// The transform keys of a program, derived once.
    func keys(for program: RedactionProgram) throws(RedactionFault) -> TransformKeys {
        if let known = derived.withLock({ $0.keys[program.digest] }) { return known }
        let keys = try TransformKeys(for: program, root: root)
        derived.withLock { derived in
            if derived.keys.count >= GovernedDataset.maxKeys { derived.keys = [:] }
            derived.keys[program.digest] = keys
        }
        return keys
    }

    /// What registry and catalogue say about those whom a request of this caller concerns.
    func standing(of caller: Caller) -> RegistryStanding {
        RegistryStanding(
            isConsumerActive: caller.organisation.status == .active, isClientActive: caller.principal.status == .active,
            isCertificateActive: caller.certificate.status == .active, certificateStart: caller.certificate.notBefore,
            certificateEnd: caller.certificate.notAfter, isProviderActive: provider.status == .active,
            datasetOwner: provider.id, datasetSchema: dataset.schemaDigest)
    }
}

/// Datasets under agreements, kept until anything in registry, catalogue or agreements has changed.
final class GovernedDatasets: Sendable {
    private struct Key: Hashable {
        let agreement: AgreementID
        let dataset: DatasetID
        let recipient: OrganisationID
    }

    private struct Held {
        var generation: UInt64 = 0
        var known: [Key: GovernedDataset] = [:]
        /// What was known before the last change: taken over where its rows are the same, because compiling costs more than reading.
        var earlier: [Key: GovernedDataset] = [:]
    }

    private let held = Mutex(Held())
    private let capacity: Int
    private let root: PseudonymRoot

    init(root: PseudonymRoot, capacity: Int) {
        self.root = root
        self.capacity = capacity
    }

    /// What was loaded before and is of this generation.
    func known(_ agreement: AgreementID, _ dataset: DatasetID, for recipient: OrganisationID, generation: UInt64) -> GovernedDataset? {
        let key = Key(agreement: agreement, dataset: dataset, recipient: recipient)
        return held.withLock { held in held.generation == generation ? held.known[key] : nil }
    }

    /// Nil where the agreement or the dataset does not exist, or the agreement does not name the dataset.
    func find(
        _ agreement: AgreementID, _ dataset: DatasetID, for recipient: OrganisationID, generation: UInt64, reader: any StorageReader
    ) async throws(StorageFault) -> GovernedDataset? {
        let key = Key(agreement: agreement, dataset: dataset, recipient: recipient)
        let (current, earlier) = held.withLock { held in
            (held.generation == generation ? held.known[key] : nil, held.known[key] ?? held.earlier[key])
        }
        if let current { return current }
        let root = root
        let loaded = try await reader.read { store throws(StorageFault) in
            try GovernedDatasets.load(agreement, dataset, for: recipient, earlier: earlier, root: root, in: store)
        }
        guard let loaded else { return nil }
        held.withLock { held in
            guard generation >= held.generation else { return }
            if held.generation != generation || held.known.count >= capacity {
                held.earlier = held.known
                held.known = [:]
                held.generation = generation
            }
            held.known[key] = loaded
        }
        return loaded
    }

    private static func load(
        _ id: AgreementID, _ dataset: DatasetID, for recipient: OrganisationID, earlier: GovernedDataset?, root: PseudonymRoot,
        in store: any StorageReading
    ) throws(StorageFault) -> GovernedDataset? {
        guard let stored = try store.agreement(id), let row = try store.dataset(dataset), let provider = try store.organisation(row.owner) else {
            return nil
        }
        if let earlier, earlier.stored == stored, earlier.dataset == row, earlier.provider == provider { return earlier }
        let state = try BrokerCore.state(of: stored)
        guard state.terms.dataset(dataset) != nil else { return nil }
        let (schema, layout) = try row.opened()
        let policy: AgreementPolicy?
        do throws(PolicyFault) {
            policy = try AgreementPolicy(terms: state.terms, dataset: dataset, schema: schema, recipient: recipient)
        } catch {
            // Terms that no longer compile release nothing: the decision says so.
            policy = nil
        }
        return GovernedDataset(
            stored: stored, state: state, dataset: row, schema: schema, layout: layout, provider: provider, policy: policy, root: root)
    }
}

extension CatalogueDataset {
    /// The schema and the layout of its file. A row that does not read back is damage.
    func opened() throws(StorageFault) -> (DatasetSchema, SourceLayout) {
        let schema: DatasetSchema
        do throws(RedactionFault) {
            schema = try DatasetSchema(canonicalBytes: self.schema)
        } catch {
            throw .corrupt("the schema of a dataset")
        }
        do throws(SourceFault) {
            return (schema, try SourceLayout(root: schema.root, keyField: keyField.isEmpty ? nil : keyField, filterFields: filterFields))
        } catch {
            throw .corrupt("the key and filter fields of a dataset")
        }
    }
}
