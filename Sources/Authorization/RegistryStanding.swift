import Cryptography
import Vocabulary

/// What the registry and the catalogue say at this moment about those whom a request concerns.
package struct RegistryStanding: Hashable, Sendable {
    package var isConsumerActive: Bool
    package var isClientActive: Bool
    /// The certificate of this connection is enrolled for the client and not retired.
    package var isCertificateActive: Bool
    /// The certificate's validity; `certificateEnd` is the last moment.
    package var certificateStart: Timestamp
    package var certificateEnd: Timestamp
    package var isProviderActive: Bool
    /// Whose dataset it is; nil where the catalogue has no such dataset.
    package var datasetOwner: OrganisationID?
    /// Digest of the dataset's schema as it is now; nil where the catalogue has no such dataset.
    package var datasetSchema: Digest?

    package init(
        isConsumerActive: Bool, isClientActive: Bool, isCertificateActive: Bool, certificateStart: Timestamp, certificateEnd: Timestamp,
        isProviderActive: Bool, datasetOwner: OrganisationID?, datasetSchema: Digest?
    ) {
        self.isConsumerActive = isConsumerActive
        self.isClientActive = isClientActive
        self.isCertificateActive = isCertificateActive
        self.certificateStart = certificateStart
        self.certificateEnd = certificateEnd
        self.isProviderActive = isProviderActive
        self.datasetOwner = datasetOwner
        self.datasetSchema = datasetSchema
    }
}
