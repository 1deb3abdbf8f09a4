import BrokerProtocol
import Cryptography
import RPC

/// Every RPC of `concordat.v1` with the function that answers it. What is not here is UNIMPLEMENTED.
enum ServiceTable {
    static func methods(_ core: BrokerCore) -> [RPCMethod] {
        registry(core) + catalogue(core) + agreements(core) + tokens(core) + exchange(core) + ledger(core) + administration(core)
    }

    /// Full names, for health answers.
    static let services = [
        "RegistryService", "CatalogueService", "AgreementService", "TokenService", "ExchangeService", "LedgerService", "AdministrationService",
    ].map { "concordat.v1." + $0 }

    /// What the services and their messages are, for tools that ask the server. Traps when the embedded set is damaged: it is part of the program.
    static var reflection: ReflectionService {
        guard let bytes = Base64.decode(DescriptorSet.base64) else { preconditionFailure("the embedded descriptor set is base64") }
        do throws(ReflectionService.Fault) {
            return try ReflectionService(descriptorSet: bytes)
        } catch {
            preconditionFailure("the embedded descriptor set cannot be read")
        }
    }

    private static func registry(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "RegistryService", stage: .registry)
        return [
            service.unary("AddOrganisation") { core, request, call throws(CallFault) in try await core.addOrganisation(request, call) },
            service.unary("RetireOrganisation") { core, request, call throws(CallFault) in try await core.retireOrganisation(request, call) },
            service.unary("AddPrincipal") { core, request, call throws(CallFault) in try await core.addPrincipal(request, call) },
            service.unary("RetirePrincipal") { core, request, call throws(CallFault) in try await core.retirePrincipal(request, call) },
            service.unary("GrantRole") { core, request, call throws(CallFault) in try await core.grantRole(request, call) },
            service.unary("RevokeRole") { core, request, call throws(CallFault) in try await core.revokeRole(request, call) },
            service.unary("EnrolCertificate") { core, request, call throws(CallFault) in try await core.enrolCertificate(request, call) },
            service.unary("RetireCertificate") { core, request, call throws(CallFault) in try await core.retireCertificate(request, call) },
            service.unary("SetDelegation") { core, request, call throws(CallFault) in try await core.setDelegation(request, call) },
            service.unary("EndDelegation") { core, request, call throws(CallFault) in try await core.endDelegation(request, call) },
            service.unary("ListOrganisations") { core, request, call throws(CallFault) in try await core.listOrganisations(request, call) },
            service.unary("ListPrincipals") { core, request, call throws(CallFault) in try await core.listPrincipals(request, call) },
            service.unary("GetPrincipal") { core, request, call throws(CallFault) in try await core.getPrincipal(request, call) },
            service.unary("WhoAmI") { core, request, call throws(CallFault) in try await core.whoAmI(request, call) },
        ]
    }

    private static func catalogue(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "CatalogueService", stage: .registry)
        return [
            service.unary("DescribeDataset") { core, request, call throws(CallFault) in try await core.describeDataset(request, call) },
            service.unary("ListDatasets") { core, request, call throws(CallFault) in try await core.listDatasets(request, call) },
            service.unary("SearchDatasets") { core, request, call throws(CallFault) in try await core.searchDatasets(request, call) },
            service.unary("BeginImport") { core, request, call throws(CallFault) in try await core.beginImport(request, call) },
            service.unary("ImportBatch") { core, request, call throws(CallFault) in try await core.importBatch(request, call) },
            service.unary("FinishImport") { core, request, call throws(CallFault) in try await core.finishImport(request, call) },
            service.unary("AbortImport") { core, request, call throws(CallFault) in try await core.abortImport(request, call) },
            service.unary("GetRecord") { core, request, call throws(CallFault) in try await core.getRecord(request, call) },
        ]
    }

    private static func agreements(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "AgreementService", stage: .governance)
        return [
            service.unary("DraftAgreement") { core, request, call throws(CallFault) in try await core.draftAgreement(request, call) },
            service.unary("EditAgreement") { core, request, call throws(CallFault) in try await core.editAgreement(request, call) },
            service.unary("CheckAgreement") { core, request, call throws(CallFault) in try await core.checkAgreement(request, call) },
            service.unary("Submit") { core, request, call throws(CallFault) in try await core.submit(request, call) },
            service.unary("TakeUp") { core, request, call throws(CallFault) in try await core.takeUp(request, call) },
            service.unary("Return") { core, request, call throws(CallFault) in try await core.giveBack(request, call) },
            service.unary("PrepareStatement") { core, request, call throws(CallFault) in try await core.prepareStatement(request, call) },
            service.unary("Advise") { core, request, call throws(CallFault) in try await core.advise(request, call) },
            service.unary("Decide") { core, request, call throws(CallFault) in try await core.decide(request, call) },
            service.unary("Sign") { core, request, call throws(CallFault) in try await core.sign(request, call) },
            service.unary("Suspend") { core, request, call throws(CallFault) in try await core.suspend(request, call) },
            service.unary("Resume") { core, request, call throws(CallFault) in try await core.resume(request, call) },
            service.unary("Terminate") { core, request, call throws(CallFault) in try await core.terminate(request, call) },
            service.unary("Withdraw") { core, request, call throws(CallFault) in try await core.withdraw(request, call) },
            service.unary("ChangeAnnex") { core, request, call throws(CallFault) in try await core.changeAnnex(request, call) },
            service.unary("GetAgreement") { core, request, call throws(CallFault) in try await core.getAgreement(request, call) },
            service.unary("ListAgreements") { core, request, call throws(CallFault) in try await core.listAgreements(request, call) },
            service.stream("WatchAgreements") { core, request, call, sink throws(CallFault) in try await core.watchAgreements(request, call, to: sink) },
            service.unary("GetAgreementHistory") { core, request, call throws(CallFault) in
                try await core.getAgreementHistory(request, call)
            },
        ]
    }

    private static func tokens(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "TokenService", stage: .issue)
        return [
            service.unary("IssueToken") { core, request, call throws(CallFault) in try await core.issueToken(request, call) },
            service.unary("Introspect") { core, request, call throws(CallFault) in try await core.introspect(request, call) },
            service.unary("Revoke") { core, request, call throws(CallFault) in try await core.revokeToken(request, call) },
            service.unary("GetKeys") { core, request, call throws(CallFault) in try await core.getKeys(request, call) },
            service.stream("StreamRevocations") { core, request, call, sink throws(CallFault) in
                try await core.streamRevocations(request, call, to: sink)
            },
        ]
    }

    private static func exchange(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "ExchangeService", stage: .decision)
        return [
            service.unaryEncoded("Query") { core, request, call throws(CallFault) in try await core.query(request, call) },
            service.stream("Stream") { core, request, call, sink throws(CallFault) in try await core.stream(request, call, to: sink) },
        ]
    }

    private static func ledger(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "LedgerService", stage: .request)
        return [
            service.unary("GetReceipt") { core, request, call throws(CallFault) in try await core.getReceipt(request, call) },
            service.unary("GetCheckpoint") { core, request, call throws(CallFault) in try await core.getCheckpoint(request, call) },
            service.stream("FollowLedger") { core, request, call, sink throws(CallFault) in try await core.followLedger(request, call, to: sink) },
        ]
    }

    private static func administration(_ core: BrokerCore) -> [RPCMethod] {
        let service = ServiceMethod(core: core, service: "AdministrationService", stage: .request)
        return [
            service.unary("GetStatus") { core, request, call throws(CallFault) in try await core.getStatus(request, call) },
            service.unary("ExplainDenials") { core, request, call throws(CallFault) in try await core.explainDenials(request, call) },
        ]
    }
}
