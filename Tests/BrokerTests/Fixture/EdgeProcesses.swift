import Cryptography
import DataSources
import EdgeChannel
import Foundation
import Redaction
import Synchronization

/// Steps 6 and 7 in processes of their own: a runner that hands each exchange to an `edge-process` which is idle, or to a new one. What it is handed goes over a pipe;
/// its arguments and its environment are empty. A process that dies, is late or answers what no such run could have made is ended, and that exchange
/// has no release.
final class EdgeProcesses: Sendable {
    /// What a test does to one exchange.
    enum Interference: Sendable {
        /// Stops the process before it is handed the request, and kills it afterwards.
        case killBeforeAnswer
        /// Kills it when the first 4 KiB of its answer have come.
        case killDuringAnswer
        /// Puts other bytes in the place of its answer.
        case alter(@Sendable ([UInt8]) -> [UInt8])
        /// Kills it when it has answered, so that the next exchange finds it dead.
        case killAfterAnswer
        /// Stops it before it is handed the request, and lets it wait.
        case stop
    }

    /// For all brokers of a run of tests.
    static let shared = EdgeProcesses()

    private struct State {
        var idle: [EdgeChild] = []
        var answers: [Int32: UInt64] = [:]
        var interference: Interference?
        var started: Set<Int32> = []
    }

    private let state = Mutex(State())
    private let timeout: Duration
    private static let maxIdle = 4

    /// - Parameter timeout: after which a process that has not answered is ended.
    init(timeout: Duration = .seconds(20)) {
        self.timeout = timeout
        signal(SIGPIPE, SIG_IGN)
    }

    var runner: EdgeRunner {
        EdgeRunner { request, terms, session throws(EdgeFault) in
            try self.release(EdgeCall(folder: session.folder.path, request: request, terms: terms))
        }
    }

    /// How many exchanges each process has answered well, by its id.
    var answers: [Int32: UInt64] { state.withLock { $0.answers } }

    /// The exchanges that were answered well, by all processes.
    var answered: UInt64 { answers.values.reduce(0, +) }

    /// Of all that were ever handed an exchange.
    var started: Set<Int32> { state.withLock { $0.started } }

    private func started(_ child: EdgeChild) { state.withLock { _ = $0.started.insert(child.id) } }

    /// What is done to the next exchange, and to it alone.
    func interfere(_ interference: Interference) { state.withLock { $0.interference = interference } }

    func release(_ call: EdgeCall) throws(EdgeFault) -> EdgeRelease {
        let interference = state.withLock { $0.interference.take() }
        let outcome: Result<EdgeRelease, EdgeFault>
        do {
            let child = try state.withLock { $0.idle.popLast() } ?? EdgeChild()
            do {
                started(child)
                outcome = try answer(of: child, to: call, interference)
            } catch {
                child.kill()
                throw error
            }
            state.withLock { state in
                state.answers[child.id] = child.answered
                if state.idle.count < EdgeProcesses.maxIdle { state.idle.append(child) }
            }
        } catch let fault as EdgeFault {
            throw fault
        } catch {
            throw .unanswered(reason: "\(error)")
        }
        return try outcome.get()
    }

    private func answer(of child: EdgeChild, to call: EdgeCall, _ interference: Interference?) throws -> Result<EdgeRelease, EdgeFault> {
        let deadline = ContinuousClock.now + timeout
        switch interference {
        case .killBeforeAnswer, .stop: Foundation.kill(child.id, SIGSTOP)
        case nil, .killDuringAnswer, .killAfterAnswer, .alter: break
        }
        var message = try call.encoded()
        defer { wipe(&message) }
        try child.channel.write(message, by: deadline)
        if case .killBeforeAnswer = interference { child.kill() }
        let answer = try child.channel.read(by: deadline) {
            if case .killDuringAnswer = interference { child.kill() }
        }
        guard var answer else { throw EdgeChild.Fault.ended }
        if case .alter(let change) = interference { answer = change(answer) }
        let reply = try EdgeReply(answer)
        guard reply.process == child.id, reply.process != getpid(), reply.number == child.answered + 1 else { throw EdgeChild.Fault.ofAnother }
        let outcome = try examined(reply.outcome, call)
        child.answered = reply.number
        if case .killAfterAnswer = interference { child.kill() }
        return outcome
    }

    /// Throws what makes an answer worth nothing; a fault that was answered is an answer.
    private func examined(_ outcome: Result<EdgeAnswer, EdgeFault>, _ call: EdgeCall) throws(EdgeFault) -> Result<EdgeRelease, EdgeFault> {
        switch outcome {
        case .success(let answer): return .success(try EdgeRelease(answer, to: call.request, under: call.terms))
        case .failure(let fault): return .failure(fault)
        }
    }
}

/// One process. Whoever took it from the idle ones has it alone.
final class EdgeChild: @unchecked Sendable {
    enum Fault: Error {
        case ended
        /// It answered as another process, or to another request.
        case ofAnother
    }

    let id: Int32
    let channel: FrameChannel
    var answered: UInt64 = 0
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()

    init() throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("edge-process")
        process.arguments = []
        process.environment = [:]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = requests
        process.standardOutput = answers
        try process.run()
        id = process.processIdentifier
        channel = FrameChannel(input: answers.fileHandleForReading.fileDescriptor, output: requests.fileHandleForWriting.fileDescriptor)
    }

    func kill() { Foundation.kill(id, SIGKILL) }
}
