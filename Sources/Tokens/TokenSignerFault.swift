import Cryptography

/// Why a token was not made.
package enum TokenSignerFault: Error, Equatable, Sendable {
    case lifetime
    case tooLarge
    case key(CryptographyFault)
}
