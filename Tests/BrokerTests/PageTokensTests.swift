import Cryptography
import Testing
import Vocabulary

@testable import Broker

/// A page token fits one client, search and revision for a while, and tells nothing.
struct PageTokensTests {
    private let now = Timestamp(microseconds: 1_700_000_000_000_000)

    private func tokens() throws -> PageTokens {
        try PageTokens(key: SecretBytes([UInt8](repeating: 9, count: 64)), lifetime: 900)
    }

    private func scope(client: UInt32 = 5, revision: UInt64 = 1, search: String = "a") -> PageTokens.Scope {
        PageTokens.Scope(client: PrincipalNumber(client), revision: revision, search: Digest.sha256(Array(search.utf8)))
    }

    @Test func aTokenOpensForWhatItWasSealedFor() throws {
        let place = PageTokens.Place(position: 1_000, issued: now)
        let token = try tokens().seal(place, for: scope())
        #expect(try tokens().open(token, for: scope(), now: now) == place)
    }

    @Test func aTokenFitsNoOtherClientRevisionOrSearch() throws {
        let token = try tokens().seal(PageTokens.Place(position: 1, issued: now), for: scope())
        #expect(try tokens().open(token, for: scope(client: 6), now: now) == nil)
        #expect(try tokens().open(token, for: scope(revision: 2), now: now) == nil)
        #expect(try tokens().open(token, for: scope(search: "b"), now: now) == nil)
    }

    @Test func anOldOrChangedTokenIsRefused() throws {
        let token = try tokens().seal(PageTokens.Place(position: 1, issued: now), for: scope())
        #expect(try tokens().open(token, for: scope(), now: now.advanced(seconds: 899)) != nil)
        #expect(try tokens().open(token, for: scope(), now: now.advanced(seconds: 900)) == nil)
        for index in token.indices {
            var changed = token
            changed[index] ^= 1
            #expect(try tokens().open(changed, for: scope(), now: now) == nil)
        }
        #expect(try tokens().open([], for: scope(), now: now) == nil)
    }
}
