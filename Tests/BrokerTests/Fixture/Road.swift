import BrokerProtocol
import Cryptography
import Foundation
import ProtobufWire
import Redaction
import Vocabulary

@testable import Broker

/// The road from an empty broker to an agreement in force, one step a function, with shipped calls only.
extension RunningBroker {
    func registerEverybody() async throws {
        for (id, name) in [("leeds-cc", "Leeds City Council"), ("york-cc", "City of York Council")] {
            let _: Concordat_V1_Organisation = try await call(
                "dwp-admin", "RegistryService/AddOrganisation", Concordat_V1_AddOrganisationRequest.with { $0.id = id; $0.name = name })
        }
        try await register("dwp-case", "dwp", [.caseOfficer])
        try await register("dwp-adviser", "dwp", [.legal, .dataProtection, .security])
        try await register("dwp-owner", "dwp", [.informationAssetOwner])
        try await register("dwp-signatory", "dwp", [.signatory])
        try await register("dwp-oncall", "dwp", [.onCallSecurity])
        try await register("leeds-requester", "leeds-cc", [.requester])
        try await register("leeds-adviser", "leeds-cc", [.legal, .dataProtection, .security])
        try await register("leeds-owner", "leeds-cc", [.informationAssetOwner])
        try await register("leeds-signatory", "leeds-cc", [.signatory])
        try await register("leeds-service", "leeds-cc", [], kind: .service)
        try await register("york-service", "york-cc", [], kind: .service)
        try await register("auditor", "dwp", [], kind: .auditor)
        for signatory in ["dwp-signatory", "leeds-signatory"] {
            let _: Concordat_V1_Delegation = try await call(
                "dwp-admin", "RegistryService/SetDelegation",
                Concordat_V1_SetDelegationRequest.with {
                    $0.id = signatory
                    $0.from = Timestamp("2020-01-01T00:00:00Z")!.microseconds
                    $0.until = Timestamp("2040-01-01T00:00:00Z")!.microseconds
                    $0.maxSensitivity = 4
                    $0.maxRowsPerDay = 1_000_000
                    $0.thirdParties = false
                })
        }
    }

    func register(_ id: String, _ organisation: String, _ roles: [Concordat_V1_Role], kind: Concordat_V1_PrincipalKind = .officer) async throws {
        let certificate = try der(id)
        let _: Concordat_V1_Principal = try await call(
            "dwp-admin", "RegistryService/AddPrincipal",
            Concordat_V1_AddPrincipalRequest.with {
                $0.organisation = organisation
                $0.id = id
                $0.name = "Test \(id)"
                $0.kind = kind
                $0.roles = roles
                $0.certificate = certificate
            })
    }

    /// Number, area and amount of each citizen.
    static let citizens: [(nino: String, area: String, pence: Int64)] = [
        ("QQ123456A", "E08000035", 39_332), ("QQ123457A", "E08000035", 61_712), ("QQ123458A", "E06000014", 29_211),
    ]

    static func schema() throws -> DatasetSchema {
        let root = try MessageSchema(
            name: "BenefitAward",
            fields: [
                FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 2, name: "surname", type: .scalar(.string)),
                FieldSchema(number: 3, name: "local_authority", type: .scalar(.string)),
                FieldSchema(number: 4, name: "amount_pence", type: .scalar(.int64)),
                FieldSchema(number: 5, name: "health_flag", type: .scalar(.bool)),
            ])
        func label(_ level: Sensitivity.Level, _ role: Sensitivity.Role, domain: String = "", canon: Canonicaliser? = nil) throws -> Sensitivity {
            try Sensitivity(level: level, role: role, domain: domain, canon: canon, path: "test")
        }
        return try DatasetSchema(
            packageName: "uc.awards", root: root,
            labels: [
                FieldPath("nino")!: label(.personal, .subjectKey, domain: "nino", canon: .ninoDemo),
                FieldPath("surname")!: label(.personal, .directIdentifier),
                FieldPath("local_authority")!: label(.personal, .quasiIdentifier),
                FieldPath("amount_pence")!: label(.personal, .attribute),
                FieldPath("health_flag")!: label(.specialCategory, .attribute),
            ], keys: ["nino"], isSynthetic: true)
    }

    static func record(_ citizen: (nino: String, area: String, pence: Int64)) -> Data {
        var writer = WireWriter()
        writer.string(1, citizen.nino)
        writer.string(2, "Planted-Canary")
        writer.string(3, citizen.area)
        writer.int64(4, citizen.pence)
        writer.bool(5, true)
        return Data(writer.bytes)
    }

    @discardableResult
    func importAwards(_ citizens: [(nino: String, area: String, pence: Int64)] = RunningBroker.citizens) async throws -> Concordat_V1_Dataset {
        let schema = try RunningBroker.schema()
        let begun: Concordat_V1_BeginImportResponse = try await call(
            "dwp-owner", "CatalogueService/BeginImport",
            Concordat_V1_BeginImportRequest.with {
                $0.dataset = "uc.awards"
                $0.title = "Universal Credit awards"
                $0.schema.descriptorSet = Data(schema.canonicalBytes)
                $0.keyField = "nino"
                $0.filterFields = ["local_authority"]
                $0.synthetic = true
            })
        for start in stride(from: 0, to: citizens.count, by: 5_000) {
            let _: Concordat_V1_ImportBatchResponse = try await call(
                "dwp-owner", "CatalogueService/ImportBatch",
                Concordat_V1_ImportBatchRequest.with {
                    $0.importID = begun.importID
                    $0.sequence = UInt32(start / 5_000)
                    $0.records = citizens[start..<min(start + 5_000, citizens.count)].map(RunningBroker.record)
                })
        }
        return try await call(
            "dwp-owner", "CatalogueService/FinishImport",
            Concordat_V1_FinishImportRequest.with { $0.importID = begun.importID; $0.rows = UInt64(citizens.count) })
    }

    /// Drafts terms and takes them all the way; answers the agreement's name.
    func agreementInForce(_ yaml: String = RunningBroker.terms) async throws -> String {
        let draft: Concordat_V1_AgreementChange = try await call(
            "leeds-requester", "AgreementService/DraftAgreement",
            Concordat_V1_DraftAgreementRequest.with { $0.document = try! YAMLDocument.parse(yaml, file: "terms.yaml") })
        let id = draft.agreement
        let step = Concordat_V1_TransitionRequest.with { $0.agreement = id }
        let _: Concordat_V1_AgreementChange = try await call("leeds-requester", "AgreementService/Submit", step)
        let _: Concordat_V1_AgreementChange = try await call("dwp-case", "AgreementService/TakeUp", step)
        for side in ["dwp", "leeds"] {
            for role in [Concordat_V1_Role.legal, .dataProtection, .security] {
                try await give("\(side)-adviser", id, role, .noConcern, "Advise")
            }
            try await give("\(side)-owner", id, .informationAssetOwner, .approve, "Decide")
        }
        try await give("leeds-signatory", id, .signatory, .sign, "Sign")
        try await give("dwp-signatory", id, .signatory, .sign, "Sign")
        return id
    }

    @discardableResult
    func give(
        _ name: String, _ agreement: String, _ role: Concordat_V1_Role, _ decision: Concordat_V1_StatementDecision, _ method: String,
        reason: String = ""
    ) async throws -> Concordat_V1_AgreementChange {
        let prepared: Concordat_V1_PrepareStatementResponse = try await call(
            name, "AgreementService/PrepareStatement",
            Concordat_V1_PrepareStatementRequest.with {
                $0.agreement = agreement
                $0.role = role
                $0.decision = decision
                $0.reason = reason
            })
        let signature = try sign(prepared.statement, as: name)
        return try await call(
            name, "AgreementService/\(method)",
            Concordat_V1_StatementRequest.with {
                $0.statement = prepared.statement
                $0.signature = signature
                $0.reason = reason
            })
    }

    func token(_ agreement: String, as name: String = "leeds-service", seconds: UInt32 = 0) async throws -> String {
        let answer: Concordat_V1_IssueTokenResponse = try await call(
            name, "TokenService/IssueToken",
            Concordat_V1_IssueTokenRequest.with {
                $0.scope = "agr:\(agreement)@1 ds:uc.awards:read purpose:council-tax-reduction"
                $0.lifetimeSeconds = seconds
            })
        return answer.accessToken
    }

    static func query(_ agreement: String, _ nino: String, fields: [String] = [], purpose: String = "council-tax-reduction") -> Concordat_V1_QueryRequest {
        .with {
            $0.agreement = agreement
            $0.dataset = "uc.awards"
            $0.purpose = purpose
            $0.fields = fields
            $0.key.value = nino
            $0.caseReference = "CTR-1"
        }
    }

    /// Council tax reduction for one council (scenario 2): its own area only, amounts rounded, no name, no health flag.
    static let terms = """
        title: Council tax reduction in Leeds
        type: recurring
        instrument: memorandum
        parties:
          - {organisation: dwp, name: Department for Work and Pensions, role: provider, controller: controller}
          - {organisation: leeds-cc, name: Leeds City Council, role: recipient, controller: controller}
        purpose:
          code: council-tax-reduction
          text: Working out council tax reduction.
          why_not_less: The scheme needs the amount of the award.
          public_benefit: Reductions are right the first time.
          automated_decisions: human-review
        law:
          legal_power: Welfare Reform Act 2012
          gateway: WRA2012-s131
          gateway_text: Section 131.
          article_6: public-task
          article_9: employment-social-security
          gateway_check: consistent
          register_version: "2026-11"
        dpia: {reference: DPIA-1, outcome: proceed, residual_risk: low, review: "2027-11-01"}
        datasets:
          - id: uc.awards
            operations: [query]
            subjects: Universal Credit claimants in Leeds
            key_fields: [nino]
            filter_fields: [local_authority]
            fields:
              - {path: nino, transform: allow, necessity: To find the account.}
              - {path: local_authority, transform: allow, necessity: To see that it is our area.}
              - {path: amount_pence, transform: round, parameters: {base: "1000"}, necessity: To work out the reduction.}
            row_filter: {equals: {field: local_authority, value: E08000035}}
        exchange: {pattern: query, frequency: on each claim}
        limits: {rows_per_call: 10, rows_per_day: 1000, bytes_per_day: 1000000, calls_per_day: 50, token_seconds: 300, stream_seconds: 60}
        security: {classification: official, privacy_label: personal, storage_location: United Kingdom}
        evidence: {level: field, request: none}
        duties:
          retention_days: 365
          retention_trigger: end of the claim
          disposal: erase
          onward_disclosure: prohibited
          reidentification: prohibited
          linkage: prohibited
          breach_notice_hours: 24
        period: {start: "2026-01-01", end: "2030-12-31", review: "2027-11-01", renewal_notice_days: 90}
        annex:
          contacts:
            - {organisation: leeds-cc, role: service owner, name: A. Person}
        """
}
