// The edge in a process of its own, for the tests: takes requests from standard input and answers them on standard output, until its input ends.
// It has none of the broker's modules in it: nothing of storage, ledger, tokens or the broker itself.
import Cryptography
import DataSources
import EdgeChannel
import Foundation
import Redaction

@main
struct EdgeProcess {
    private var programs: [[UInt8]: RedactionProgram] = [:]
    private var sessions: [String: SourceSession] = [:]
    private var answered: UInt64 = 0

    static func main() throws {
        let channel = FrameChannel(input: STDIN_FILENO, output: STDOUT_FILENO)
        var edge = EdgeProcess()
        while var message = try channel.read() {
            let answer = edge.answer(message)
            wipe(&message)
            try channel.write(answer)
        }
    }

    private mutating func answer(_ message: [UInt8]) -> [UInt8] {
        let outcome: Result<EdgeAnswer, EdgeFault>
        do {
            outcome = .success(EdgeAnswer(try release(message)))
        } catch let fault as EdgeFault {
            outcome = .failure(fault)
        } catch let fault as SourceFault {
            outcome = .failure(.source(fault))
        } catch {
            outcome = .failure(.unanswered(reason: "\(error)"))
        }
        answered += 1
        return EdgeReply.encoded(process: getpid(), number: answered, outcome)
    }

    private mutating func release(_ message: [UInt8]) throws -> EdgeRelease {
        let call = try EdgeCall(message) { bytes in try program(bytes) }
        return try Edge(session: try session(call.folder)).release(call.request, under: call.terms)
    }

    /// As many as a test needs, and no more than keep its memory small.
    private static let maxKept = 32

    private mutating func program(_ bytes: [UInt8]) throws -> RedactionProgram {
        if let known = programs[bytes] { return known }
        if programs.count >= EdgeProcess.maxKept { programs = [:] }
        let program = try EdgeCall.compiled(bytes)
        programs[bytes] = program
        return program
    }

    private mutating func session(_ folder: String) throws -> SourceSession {
        if let known = sessions[folder] { return known }
        if sessions.count >= EdgeProcess.maxKept { sessions = [:] }
        let session = SourceSession(folder: try SourceFolder(path: folder))
        sessions[folder] = session
        return session
    }
}
