import AuditTrail
import Cryptography
import Ledger
import Logging
import RPC
import Storage
import SwiftProtobuf
import Tokens
import Vocabulary

/// Binds one function of the core to its path: identity, strict reading, the call, and what a refusal leaves in the ledger.
struct ServiceMethod: Sendable {
    let core: BrokerCore
    /// Such as `RegistryService`.
    let service: String
    /// Which stage a refusal of this service is recorded under.
    let stage: DenialEntry.Stage

    func unary<Request: Message & Sendable, Response: Message & Sendable>(
        _ name: String, _ handler: @escaping @Sendable (BrokerCore, Request, Call) async throws(CallFault) -> Response
    ) -> RPCMethod {
        unaryEncoded(name) { core, request, call throws(CallFault) in try ServiceMethod.encode(try await handler(core, request, call)) }
    }

    /// For a handler that writes the answer's wire bytes itself.
    func unaryEncoded<Request: Message & Sendable>(
        _ name: String, _ handler: @escaping @Sendable (BrokerCore, Request, Call) async throws(CallFault) -> [UInt8]
    ) -> RPCMethod {
        let answer = answering(name, handler)
        return .unaryBytes(path(name)) { bytes, context in try await answer(bytes, context) }
    }

    /// For a handler that sends answers one after another, as the caller takes them.
    func stream<Request: Message & Sendable>(
        _ name: String, _ handler: @escaping @Sendable (BrokerCore, Request, Call, any AnswerSink) async throws(CallFault) -> Void
    ) -> RPCMethod {
        let core = core
        return .serverStreamingBytes(path(name)) { bytes, context, writer in
            core.runningStreams.wrappingAdd(1, ordering: .relaxed)
            defer { core.runningStreams.wrappingSubtract(1, ordering: .relaxed) }
            let answer = answering(name) { (core, request: Request, call) throws(CallFault) in try await handler(core, request, call, CallSink(writer: writer)) }
            try await answer(bytes, context)
        }.boundingItself()
    }

    private func path(_ name: String) -> String { "/concordat.v1.\(service)/\(name)" }

    private func answering<Request: Message & Sendable, Result>(
        _ name: String, _ handler: @escaping @Sendable (BrokerCore, Request, Call) async throws(CallFault) -> Result
    ) -> @Sendable ([UInt8], CallContext) async throws -> Result {
        let grammar = RequestGrammar.concordat.index(of: Request.protoMessageName)
        let core = core
        let stage = stage
        return { bytes, context in
            let call: Call
            do throws(CallFault) {
                call = if let known = core.known(context, method: name) { known } else { try await core.identify(context, method: name) }
            } catch {
                throw StatusMapping.status(error, reference: context.callID.description)
            }
            do throws(CallFault) {
                try RequestCheck.check(bytes, as: grammar)
                return try await handler(core, try ServiceMethod.decode(bytes), call)
            } catch {
                await core.refuse(error, call, stage: stage)
                throw StatusMapping.status(error, reference: call.reference)
            }
        }
    }

    private static func decode<Request: Message>(_ bytes: [UInt8]) throws(CallFault) -> Request {
        do {
            return try Request(serializedBytes: bytes)
        } catch {
            throw .invalid(field: "(message)", problem: "is not a \(Request.protoMessageName)")
        }
    }

    static func encode<Response: Message>(_ response: Response) throws(CallFault) -> [UInt8] {
        do {
            return try response.serializedBytes()
        } catch {
            throw .internal(part: "encoding")
        }
    }
}

/// The answers of one streaming call.
private struct CallSink: AnswerSink {
    let writer: MessageWriter

    func send(_ answer: [UInt8], whileWaiting look: @Sendable () async throws(CallFault) -> Void) async throws(CallFault) {
        do {
            try await writer.write(answer, whileWaiting: look)
        } catch let fault as CallFault {
            throw fault
        } catch is RPCStatus {
            throw .busy(reason: "answers_not_taken", stage: .writer)
        } catch {
            throw .abandoned
        }
    }
}

extension BrokerCore {
    /// The call of somebody whom the registry was asked about before and whose identity may be used now; nil where `identify` has to ask, or to refuse.
    func known(_ context: CallContext, method: String) -> Call? {
        let arrived = clock.now()
        guard let thumbprint = context.peer.thumbprint, let known = identities.find(thumbprint, generation: ledger.generation),
            known.caller.refusal(at: arrived) == nil
        else { return nil }
        return call(context, method: method, of: known, arrived: arrived)
    }

    private func call(_ context: CallContext, method: String, of known: IdentityCache.Known, arrived: Timestamp) -> Call {
        Call(
            method: method, caller: known.caller, revocations: known.revocations, arrived: arrived, reference: context.callID,
            trace: context.trace, peerAddress: context.peer.remoteAddress, authorization: context.metadataValues("authorization"), isAbandoned: { context.isCancelled })
    }

    /// Who calls, from the registry, by the thumbprint that the handshake proved. Checked on every call.
    func identify(_ context: CallContext, method: String) async throws(CallFault) -> Call {
        let arrived = clock.now()
        guard let thumbprint = context.peer.thumbprint else { throw .unauthenticated(reason: "no_certificate") }
        let known: IdentityCache.Known
        do throws(CallFault) {
            known = try await identity(thumbprint)
        } catch {
            logger.notice("call without identity", metadata: ["call": "\(context.callID)", "method": "\(method)", "trace": "\(context.trace)"])
            throw error
        }
        let call = call(context, method: method, of: known, arrived: arrived)
        if let refusal = known.caller.refusal(at: arrived) {
            await refuse(.unauthenticated(reason: refusal.rawValue), call, stage: .request)
            throw .unauthenticated(reason: refusal.rawValue)
        }
        return call
    }

    /// Whose certificate it is; throws where the registry does not know it.
    func caller(_ thumbprint: Thumbprint) async throws(CallFault) -> Caller {
        try await identity(thumbprint).caller
    }

    private func identity(_ thumbprint: Thumbprint) async throws(CallFault) -> IdentityCache.Known {
        if let known = identities.find(thumbprint, generation: ledger.generation) { return known }
        let epochs = ledger.epochs
        let found: Caller?
        do throws(StorageFault) {
            found = try await reader.read { store throws(StorageFault) in try Caller.find(thumbprint, in: store) }
        } catch {
            throw .unavailable(part: "registry")
        }
        guard let caller = found else { throw .unauthenticated(reason: "certificate_unknown") }
        let known = IdentityCache.Known(caller: caller, revocations: RevocationSnapshot(epochs, of: caller))
        identities.remember(known, for: thumbprint, generation: epochs.generation)
        return known
    }

    /// Logs a refusal and records it in the ledger, with the true reason. The answer waits for that, so that whoever sees a refusal can find it.
    func refuse(_ fault: CallFault, _ call: Call, stage: DenialEntry.Stage) async {
        guard let reason = fault.recordedReason else { return }
        refusals.count(String(reason.prefix(EntryLimits.maxCodeBytes)))
        logger.notice(
            "refused",
            metadata: [
                "call": "\(call.reference)", "method": "\(call.method)", "reason": "\(reason)", "principal": "\(call.caller.principal.number)",
                "trace": "\(call.trace)",
            ])
        let entry = DenialEntry(
            principal: call.caller.principal.number, organisation: call.caller.organisation.number, stage: fault.stage ?? stage,
            reason: String(reason.prefix(EntryLimits.maxCodeBytes)), method: call.method, agreementEntry: call.notes.agreementEntry,
            reference: call.notes.lastRelease?.entry, exchange: call.notes.lastRelease?.exchange, certificate: call.caller.certificate.thumbprint)
        guard let due = denials.admit(entry, at: call.arrived) else { return }
        var remarks: [String] = []
        if let agreement = call.notes.agreement { remarks.append("agreement \(agreement)") }
        if case .denied(_, let paths, let unknownFields, _) = fault {
            remarks += CallFault.concerned(paths, unknownFields: unknownFields, most: 32).map { "field \($0)" }
        }
        await record([due], arrived: call.notes.hasBegun ? clock.now() : call.arrived, remarks: remarks)
    }

    /// Writes DENIAL entries. A ledger that cannot take them is logged: the refusal stands either way, and nothing was released.
    /// Remarks (names of agreements and fields) stay outside the ledger.
    func record(_ entries: [DenialEntry], arrived: Timestamp, remarks: [String] = []) async {
        let salt = randomness.bytes(16)
        for entry in entries {
            do throws(LedgerFault) {
                let answer: ActAnswer<Void, CallFault> = try await ledger.submit { store, moment throws(StorageFault) in
                    guard let drafts = BrokerCore.drafts([.denial(entry)], arrived: arrived) else { return .refuse(.internal(part: "entry")) }
                    try store.note(moment.first, about: .denials)
                    try store.note(moment.first, about: .denialsOf(entry.principal))
                    for text in remarks { try store.keep(Remark(entry: moment.first, salt: salt, text: text)) }
                    return .record(drafts, ())
                }
                if case .refused = answer { logger.error("denial not recorded", metadata: ["fault": "not an entry"]) }
            } catch {
                logger.error("denial not recorded", metadata: ["fault": "\(error)"])
            }
        }
    }
}

extension CallFault {
    /// Where the fault itself says at which stage of a call it arose.
    fileprivate var stage: DenialEntry.Stage? {
        switch self {
        case .invalid, .invalidFields: .request
        case .unauthenticated(let reason) where reason.hasPrefix("token_stale") || reason == "token_revoked": .epochs
        case .unauthenticated(let reason) where reason.hasPrefix("token_"): .token
        case .certificateChanged: .token
        case .revoked: .epochs
        case .exhausted: .writer
        case .busy(_, let stage): stage
        default: nil
        }
    }
}
