import Dispatch
import Foundation
import Glibc
import Synchronization

/// A thread with a bounded mailbox that runs blocking work, one piece after the other, over a state that never leaves it.
///
/// Clients take turns, piece by piece. What a few short pieces give back is handed on together, in one call of `deliver`, so that an event loop is
/// woken once for many answers.
final class WorkerThread<State: AnyObject>: Sendable {
    /// Work that has been done, to be told to whoever waits. Runs anywhere.
    typealias Answer = @Sendable () -> Void
    /// Gets the thread's state, or why it will not be run.
    typealias Work = @Sendable (Result<State, SourceFault>) -> Answer

    /// The mailbox and its bell, shared by the thread and the senders.
    private final class Mailbox: Sendable {
        struct Content {
            var waiting: FairQueue<Work>
            var isClosed = false
        }

        let content: Mutex<Content>
        let bell = DispatchSemaphore(value: 0)

        init(capacity: Int, share: Int) {
            content = Mutex(Content(waiting: FairQueue(capacity: capacity, share: share)))
        }

        /// The piece whose turn it is; nil only once the mailbox is closed and empty.
        func next() -> Work? {
            while true {
                let (work, isClosed) = content.withLock { ($0.waiting.take(), $0.isClosed) }
                if work != nil || isClosed { return work }
                bell.wait()
            }
        }

        func nextWithoutWaiting() -> Work? { content.withLock { $0.waiting.take() } }
    }

    private let mailbox: Mailbox

    /// What a piece gives back waits for others no longer than this, and the piece that is running then.
    private static var longestBatchNanoseconds: UInt64 { 2_000_000 }

    /// `makeState` runs on the thread. At most `capacity` pieces wait, of one client at most `share`; what at most `batch` give back is handed on at
    /// once. A piece is taken when the one before it is done, so that whoever comes meanwhile waits for one piece of each other client.
    /// - Parameter niceness: how readily the thread leaves its processor to others, from 0 to 19.
    init(
        name: String, capacity: Int, share: Int, batch: Int = 16, niceness: Int32 = 0, makeState: @escaping @Sendable () -> State,
        deliver: @escaping @Sendable ([Answer]) -> Void
    ) {
        let mailbox = Mailbox(capacity: capacity, share: share)
        self.mailbox = mailbox
        let thread = Thread {
            // Of this thread alone (setpriority(2), "C library/kernel differences"); whoever may set nothing goes on as it is.
            if niceness > 0 { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
            let state = makeState()
            while true {
                guard let first = mailbox.next() else { return }
                let end = DispatchTime.now().uptimeNanoseconds + Self.longestBatchNanoseconds
                var answers = [first(.success(state))]
                while answers.count < batch, DispatchTime.now().uptimeNanoseconds < end, let next = mailbox.nextWithoutWaiting() {
                    answers.append(next(.success(state)))
                }
                deliver(answers)
            }
        }
        thread.name = name
        thread.start()
    }

    /// Queues pieces of work, each for a client. Where there is no room for one, or the mailbox is closed, it gets the fault at once, on the
    /// caller's thread.
    func send(_ work: [(client: SourceClient, piece: Work)]) {
        var refused: [(Work, SourceFault)] = []
        let wakes = mailbox.content.withLock { content -> Bool in
            let wasEmpty = content.waiting.isEmpty
            for (client, piece) in work {
                guard !content.isClosed else {
                    refused.append((piece, .closed))
                    continue
                }
                switch content.waiting.add(piece, of: client) {
                case .queued: break
                case .full: refused.append((piece, .busy))
                case .shareIsFull: refused.append((piece, .busyForClient))
                }
            }
            return wasEmpty && !content.waiting.isEmpty
        }
        if wakes { mailbox.bell.signal() }
        for (piece, fault) in refused { piece(.failure(fault))() }
    }

    /// Runs `body` on the thread and gives back what it returns or throws.
    func run<T: Sendable>(
        for client: SourceClient, _ body: @escaping @Sendable (State) throws(SourceFault) -> T
    ) async throws(SourceFault) -> T {
        let result: Result<T, SourceFault> = await withCheckedContinuation { continuation in
            let piece: Work = { state in
                let result: Result<T, SourceFault>
                do throws(SourceFault) {
                    result = .success(try body(try state.get()))
                } catch {
                    result = .failure(error)
                }
                return { continuation.resume(returning: result) }
            }
            send([(client, piece)])
        }
        return try result.get()
    }

    /// How many pieces wait, without the one that runs.
    var waiting: Int { mailbox.content.withLock { $0.waiting.count } }

    /// Lets what waits be done, then ends the thread. Later work is refused.
    func close() {
        mailbox.content.withLock { content in
            guard !content.isClosed else { return }
            content.isClosed = true
            mailbox.bell.signal()
        }
    }

    deinit { close() }
}
