import Foundation
import RPC
import Synchronization
import TLS

/// A log that a broker serves over HTTPS, read over one HTTP/2 connection with the auditor's certificate.
final class RemoteLog: LogReading {
    private let client: RPCClient
    private let prefix: String
    /// For one resource.
    private static let timeout = Duration.seconds(30)

    /// Connects. Throws `usage` for an address or a PEM file that cannot be used, `unavailable` where nobody answers.
    init(address: String, ca: String, certificate: String, key: String) throws(AuditFailure) {
        guard let url = URLComponents(string: address), let host = url.host, !host.isEmpty, url.query == nil, url.fragment == nil else {
            throw AuditFailure(.usage, "\(address) is not an https address such as https://broker.example:8443/ledger.")
        }
        prefix = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        try RegularFile.requirePrivate(key)
        let context: TLSClientContext
        do throws(TLSError) {
            context = try TLSClientContext(
                TLSClientConfiguration(
                    roots: .file(ca), identity: TLSClientConfiguration.Identity(certificateChain: .file(certificate), privateKey: .file(key))))
        } catch { throw AuditFailure(.usage, "\(error)") }
        let configuration = RPCClientConfiguration(host: host, port: url.port ?? 443, tls: context)
        client = try RemoteLog.wait { () async throws(RPCStatus) in try await RPCClient.connect(configuration) }
    }

    func read(_ path: String, limit: Int) throws(AuditFailure) -> [UInt8]? {
        let client = client
        let target = prefix + "/" + path
        let answer = try RemoteLog.wait { () async throws(RPCStatus) in
            try await client.get(target, maxBytes: limit, timeout: RemoteLog.timeout)
        }
        switch answer.status {
        case 200: return answer.body
        case 404: return nil
        case 401, 403:
            throw AuditFailure(.unavailable, "\(path): the broker does not give it to this certificate (\(answer.status)).")
        default: throw AuditFailure(.unavailable, "\(path): the broker answered \(answer.status).")
        }
    }

    /// Waits for asynchronous work on the calling thread, which is the program's own and no event loop.
    private static func wait<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(RPCStatus) -> Value
    ) throws(AuditFailure) -> Value {
        let cell = ResultCell<Value>()
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do throws(RPCStatus) {
                cell.set(.success(try await work()))
            } catch {
                cell.set(.failure(error))
            }
            done.signal()
        }
        done.wait()
        switch cell.value {
        case .success(let value)?: return value
        case .failure(let status)?: throw AuditFailure(.unavailable, "the broker cannot be reached: \(status.message)")
        case nil: throw AuditFailure(.unavailable, "the broker gave no answer")
        }
    }
}

/// Carries one result from a task to the thread that waits for it.
private final class ResultCell<Value: Sendable>: Sendable {
    private let content = Mutex<Result<Value, RPCStatus>?>(nil)

    func set(_ result: Result<Value, RPCStatus>) {
        content.withLock { $0 = result }
    }

    var value: Result<Value, RPCStatus>? {
        content.withLock { $0 }
    }
}
