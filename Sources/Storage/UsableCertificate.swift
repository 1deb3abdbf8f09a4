import Cryptography
import Vocabulary

/// A certificate that somebody may use now, as far as the register says.
package struct UsableCertificate: Hashable, Sendable {
    package let thumbprint: Thumbprint
    package let notAfter: Timestamp

    package init(thumbprint: Thumbprint, notAfter: Timestamp) {
        self.thumbprint = thumbprint
        self.notAfter = notAfter
    }
}
