import BrokerProtocol
import Foundation
import ProtobufWire
import Redaction
import Storage
import Vocabulary

extension CatalogueDataset {
    /// As lists show it: without its schema.
    func summaryWire(owner: OrganisationID?) -> Concordat_V1_Dataset {
        .with {
            $0.id = id.text
            $0.number = number
            $0.title = title
            $0.description_p = summary
            $0.owner = owner?.text ?? ""
            $0.keyField = keyField
            $0.filterFields = filterFields
            $0.revision = revision
            $0.rows = rows
            $0.importedAt = importedAt.microseconds
            $0.synthetic = isSynthetic
        }
    }

    /// With schema and labels.
    func wire(in store: any StorageReading) throws(StorageFault) -> Concordat_V1_Dataset {
        let owner = try store.organisation(owner)
        let (schema, _) = try opened()
        var dataset = summaryWire(owner: owner?.id)
        dataset.schema = schema.wire
        return dataset
    }
}

extension DatasetSchema {
    var wire: Concordat_V1_Schema {
        .with {
            $0.descriptorSet = Data(canonicalBytes)
            $0.digest = Data(digest.bytes)
            $0.leaves = leaves.map { leaf in
                .with {
                    $0.path = leaf.path.description
                    $0.type = leaf.type.protoName
                    $0.repeated = isRepeated(leaf.path)
                    $0.sensitivity = leaf.label.wire
                }
            }
        }
    }
}

extension Sensitivity {
    var wire: Concordat_V1_Sensitivity {
        .with {
            $0.level = Concordat_V1_SensitivityLevel(rawValue: Int(level.rawValue)) ?? .unspecified
            $0.role = Concordat_V1_FieldRole(rawValue: Int(role.rawValue)) ?? .unspecified
            $0.domain = domain
            $0.canon = canon?.rawValue ?? ""
            $0.minEntropyBits = minEntropyBits
            $0.neverTo = neverTo
        }
    }
}
