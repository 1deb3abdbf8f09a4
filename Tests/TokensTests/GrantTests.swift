import Cryptography
import Testing
import Vocabulary

@testable import Tokens

/// Rows C1 to C3: what may be asked for.
@Suite struct ScopeAttackTests {
    static let good = "agr:ISA-2026-0042@3 ds:uc.awards:read purpose:debt-recovery"

    private func fault(scope: String?, details: String? = nil) -> GrantFault? {
        do throws(GrantFault) {
            var wanted: Scope?, request: DetailRequest?
            if let scope { wanted = try Scope(scope) }
            if let details { request = try DetailRequest(details) }
            _ = try TokenGrant.narrow(TokenFixtures.detail, to: wanted, and: request)
            return nil
        } catch { return error }
    }

    @Test func aScopePrintsAsItWasRead() throws {
        #expect(try Scope(ScopeAttackTests.good).text == ScopeAttackTests.good)
        #expect(fault(scope: ScopeAttackTests.good) == nil)
    }

    @Test(arguments: [
        "agr:ISA-2026-0042@2 ds:uc.awards:read purpose:debt-recovery", "agr:ISA-2026-0042@4 ds:uc.awards:read purpose:debt-recovery",
        "agr:ISA-2026-0043@3 ds:uc.awards:read purpose:debt-recovery", "agr:ISA-2026-0042@3 ds:uc.other:read purpose:debt-recovery",
        "agr:ISA-2026-0042@3 ds:uc.awards:write purpose:debt-recovery", "agr:ISA-2026-0042@3 ds:uc.awards:read purpose:fraud",
        "agr:ISA-2026-0042@3 ds:uc.awards:read#all purpose:debt-recovery",
        "agr:ISA-2026-0042@3 ds:uc.awards:read purpose:debt-recovery reidentify:case",
    ])
    func c1WiderThanTheAgreement(_ scope: String) {
        #expect(fault(scope: scope) == .scopeNotGranted)
        #expect(fault(scope: scope)?.code == "invalid_scope")
    }

    @Test func c1TwoAgreementsAreRefused() {
        #expect(fault(scope: "agr:ISA-2026-0042@3 " + ScopeAttackTests.good)?.code == "invalid_scope")
    }

    @Test(arguments: [
        "", " ", "agr:ISA-2026-0042@3  ds:uc.awards:read purpose:debt-recovery", " " + ScopeAttackTests.good, ScopeAttackTests.good + " ",
        "agr:ISA-2026-0042@3\tds:uc.awards:read purpose:debt-recovery", "agr:ISA-2026-0042@3\u{a0}ds:uc.awards:read purpose:debt-recovery",
        "agr:ISA-2026-0042@03 ds:uc.awards:read purpose:debt-recovery", "agr:ISA-2026-0042@0 ds:uc.awards:read purpose:debt-recovery",
        "agr:ISA-2026-0042@3 ds:\"uc\":read purpose:debt-recovery", "agr:ISA-2026-0042@3 ds:uc\\awards:read purpose:debt-recovery",
        "agr:ISA-2026-0042@3 purpose:debt-recovery", "ds:uc.awards:read purpose:debt-recovery", "agr:ISA-2026-0042@3 ds:uc.awards:read",
        "agr:ISA-2026-0042@3 ds:uc.awards:Read purpose:debt-recovery", ScopeAttackTests.good + " other:x",
        "agr:ISA-2026-0042@3 ds:uc.awards:read ds:uc.awards:read purpose:debt-recovery",
        "agr:ISA-2026-0042@1234567890 ds:uc.awards:read purpose:debt-recovery",
    ])
    func c2OutsideTheGrammar(_ scope: String) {
        #expect(fault(scope: scope) == .scopeSyntax)
    }

    @Test func c2BoundsOnLengthAndTerms() {
        let terms = (0..<30).map { "ds:d\($0):read" }.joined(separator: " ")
        #expect(fault(scope: "agr:ISA-2026-0042@3 \(terms) purpose:debt-recovery") == .scopeNotGranted)
        #expect(fault(scope: "agr:ISA-2026-0042@3 \(terms) ds:one-more:read purpose:debt-recovery") == .scopeSyntax)
        #expect(fault(scope: ScopeAttackTests.good + String(repeating: "x", count: 1_025 - ScopeAttackTests.good.utf8.count)) == .scopeSyntax)
    }

    private static func details(_ members: String) -> String {
        #"[{"type":"urn:concordat:exchange:1","agreement":"ISA-2026-0042"\#(members)}]"#
    }

    @Test func detailsAskForLess() throws {
        let request = try DetailRequest(
            ScopeAttackTests.details(#","datasets":[{"id":"uc.awards","fields":["claim.nino"]}],"limits":{"rows":10}"#))
        let granted = try TokenGrant.narrow(TokenFixtures.detail, to: try Scope(ScopeAttackTests.good), and: request)
        #expect(granted.datasets[0].fields == [FieldPath("claim.nino")!])
        #expect(granted.limits.rows == 10)
        #expect(granted.limits.calls == 200)
        #expect(granted.isSubset(of: TokenFixtures.detail))
    }

    @Test func whatIsLeftOutNeverWidens() throws {
        #expect(try TokenGrant.narrow(TokenFixtures.detail, to: nil, and: try DetailRequest(ScopeAttackTests.details(""))) == TokenFixtures.detail)
    }

    @Test func scopeAndDetailsOfTwoAgreementsMeetNowhere() {
        let other = #"[{"type":"urn:concordat:exchange:1","agreement":"ISA-2026-0043"}]"#
        #expect(fault(scope: ScopeAttackTests.good, details: other) == .scopeNotGranted)
        #expect(fault(scope: nil) == .scopeNotGranted)
    }

    @Test(arguments: [
        #","datasets":[{"id":"uc.awards","fields":["claim.health"]}]"#, #","datasets":[{"id":"uc.other"}]"#,
        #","datasets":[{"id":"uc.awards","actions":["write"]}]"#, #","datasets":[{"id":"uc.awards","row_filter":"rf:8"}]"#,
        #","network":["10.0.0.0/8"]"#, #","purpose":"fraud""#, #","reident":true"#, #","version":4"#, #","classification":"OFFICIAL""#,
        #","legal_basis":"DEA2017-s36""#,
    ])
    func c1DetailsWiderThanTheAgreement(_ members: String) {
        #expect(fault(scope: nil, details: ScopeAttackTests.details(members)) == .scopeNotGranted)
    }

    @Test(arguments: [
        #","colour":"red""#, #","limits":{"rows":"10"}"#, #","limits":{"rows":-1}"#, #","limits":{"rows":0}"#,
        #","limits":{"rows":9223372036854775808}"#, #","limits":{"rows":1.5}"#, #","limits":{"seats":1}"#, #","version":"3""#,
        #","datasets":[]"#, #","datasets":[{"id":"uc.awards","fields":[]}]"#, #","datasets":[{"id":"uc.awards","columns":[]}]"#,
        #","datasets":[{"id":"uc.awards"},{"id":"uc.awards"}]"#, #","network":["10.20.0.1/16"]"#, #","network":[]"#,
        #","policy":"ab""#, #","agreement":"ISA-2026-0042""#, #","purpose":null"#,
    ])
    func c3MalformedDetails(_ members: String) {
        #expect(fault(scope: nil, details: ScopeAttackTests.details(members))?.code == "invalid_authorization_details")
    }

    @Test(arguments: [
        "", "[]", "{}", "null", #"[{"type":"other","agreement":"ISA-2026-0042"}]"#, #"[{"agreement":"ISA-2026-0042"}]"#,
        #"[{"type":"urn:concordat:exchange:1"}]"#,
        #"[{"type":"urn:concordat:exchange:1","agreement":"ISA-2026-0042"},{"type":"urn:concordat:exchange:1","agreement":"ISA-2026-0042"}]"#,
    ])
    func c3DetailsOfAnotherType(_ text: String) {
        #expect(fault(scope: nil, details: text)?.code == "invalid_authorization_details")
    }
}

@Suite struct SubsetTests {
    /// Each single member wider than the parent's makes a detail that is no subset.
    @Test func anyWiderMemberIsNoSubset() {
        let parent = TokenFixtures.detail
        let changes: [(inout AuthorizationDetail) -> Void] = [
            { $0.agreement = AgreementID("ISA-2026-0043")! }, { $0.version = AgreementVersion(4)! },
            { $0.policy = Digest([UInt8](repeating: 1, count: 32))! }, { $0.purpose = PurposeCode("fraud")! },
            { $0.legalBasis = LegalBasisCode("other")! }, { $0.limits.rows += 1 }, { $0.limits.bytes += 1 }, { $0.limits.calls += 1 },
            { $0.limits.rowsPerCall += 1 }, { $0.network = [] }, { $0.network = [IPNetwork("10.0.0.0/8")!] },
            { $0.classification = "OFFICIAL" }, { $0.isReidentification = true },
            { $0.datasets[0].fields.append(FieldPath("claim.health")!) }, { $0.datasets[0].actions.append(.query) },
            { $0.datasets[0].rowFilter = nil }, { $0.datasets[0].schema = Digest([UInt8](repeating: 1, count: 32))! },
            { $0.datasets[0].id = DatasetID("uc.other")! },
        ]
        #expect(parent.isSubset(of: parent))
        for change in changes {
            var child = parent
            change(&child)
            #expect(!child.isSubset(of: parent))
        }
    }

    @Test func networksByContainment() {
        #expect(IPNetwork("10.20.0.0/16")!.contains(IPNetwork("10.20.30.0/24")!))
        #expect(!IPNetwork("10.20.0.0/16")!.contains(IPNetwork("10.0.0.0/8")!))
        #expect(IPNetwork("0.0.0.0/0")!.contains(IPNetwork.address("255.255.255.255")!))
        #expect(IPNetwork.address("::ffff:10.20.1.2") == IPNetwork.address("10.20.1.2"))
        for text in ["10.20.0.0", "10.20.0.0/33", "10.20.0.1/16", "010.20.0.0/16", "10.20.0/16", "10.20.0.0/16/1", "::1/128", ""] {
            #expect(IPNetwork(text) == nil)
        }
    }
}

@Suite struct EncodingTests {
    @Test func theClaimsAreTheDocumentedJSON() {
        let text = String(decoding: TokenFixtures.claims.json.text, as: UTF8.self)
        let expected =
            #"{"iss":"https://broker.dwp.example","aud":"https://broker.dwp.example/exchange","sub":"org:hmrc:svc:debt-match","#
            + #""client_id":"hmrc-debt-match","iat":1795353600,"nbf":1795353600,"exp":1795353900,"jti":"0199f2c1-7c1e-7b55-9d10-3b0c6a0f1c22","#
            + #""cnf":{"x5t#S256":"ERERERERERERERERERERERERERERERERERERERERERE"},"#
            + #""scope":"agr:ISA-2026-0042@3 ds:uc.awards:read purpose:debt-recovery","#
            + #""authorization_details":[{"type":"urn:concordat:exchange:1","agreement":"ISA-2026-0042","version":3,"#
            + #""policy":"sha256:"# + String(repeating: "ab", count: 32) + #"","datasets":[{"id":"uc.awards","schema":"sha256:"#
            + String(repeating: "cd", count: 32) + #"","actions":["read"],"fields":["claim.nino","claim.award_month","claim.amount"],"#
            + #""row_filter":"rf:7"}],"purpose":"debt-recovery","legal_basis":"DEA2017-s48","#
            + #""limits":{"rows":50000,"bytes":104857600,"calls":200,"rows_per_call":1000},"network":["10.20.0.0/16"],"#
            + #""classification":"OFFICIAL-SENSITIVE","reident":false}],"#
            + #""epochs":{"agreement":17,"organisation":4,"client":9,"broker":6},"use":"multi","delegation":{"depth":0,"max":1}}"#
        #expect(text == expected)
    }

    @Test func everyMemberOfThePayloadIsRequired() throws {
        let fixtures = try TokenFixtures()
        guard case .object(let members) = TokenFixtures.claims.json else { return }
        #expect(members.count == 14)
        for missing in members.indices {
            var fewer = members
            fewer.remove(at: missing)
            let token = try fixtures.token(header: fixtures.header, payload: JSONValue.object(fewer).text)
            #expect(fixtures.fault(token) == .payloadMember(.missing(members[missing].name)))
        }
        let more = JSONValue.object(members + [JSONMember("admin", .bool(true))])
        #expect(fixtures.fault(try fixtures.token(header: fixtures.header, payload: more.text)) == .payloadMember(.unknown("")))
    }

    @Test func keySetHasPublicMembersOnly() throws {
        // Key of RFC 7515 appendix A.3.
        let key = try ES256PublicKey(jwkX: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", jwkY: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let set = String(decoding: TokenKeys([key])!.jwks, as: UTF8.self)
        #expect(
            set == #"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"\#(key.keyID)","use":"sig","alg":"ES256"}]}"#)
        #expect(TokenKeys([key, key]) == nil)
        #expect(TokenKeys([]) == nil)
    }

    @Test func tokenIdsAreVersionSeven() {
        // 1 795 353 600 000 ms is 0x1A20369E000.
        let id = TokenID(at: TokenFixtures.now, random: [UInt8](repeating: 0xff, count: 10))
        #expect(id.text == "01a20369-e000-7fff-bfff-ffffffffffff")
        #expect(TokenID(id.text) == id)
        for text in ["", "01A20369-E000-7fff-bfff-ffffffffffff", "01a20369e0007fffbfffffffffffffff", "01a20369-e000-7fff-bfff-fffffffffff"] {
            #expect(TokenID(text) == nil)
        }
    }

    @Test func aTokenAboveEightKibibytesIsNotMade() throws {
        let fixtures = try TokenFixtures()
        let fields = (0..<400).map { FieldPath("claim.a_rather_long_name_of_a_field_\($0)")! }
        #expect(throws: TokenSignerFault.tooLarge) { try fixtures.token { $0.detail.datasets[0].fields = fields } }
    }
}
