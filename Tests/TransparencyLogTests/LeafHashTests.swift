import Cryptography
import Testing

@testable import TransparencyLog

@Suite struct LeafHashTests {
    /// SHA-256 of one zero byte: RFC 6962 section 2.1 with an empty leaf.
    @Test func theEmptyLeafHasItsPublishedHash() {
        #expect(Digest.sha256([0x00]).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    }
}
