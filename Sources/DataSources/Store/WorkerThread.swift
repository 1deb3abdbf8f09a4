import Dispatch
import Foundation
import Synchronization

/// A thread with a bounded mailbox that runs blocking work, one piece after the other, over a state that never leaves it.
///
/// What the work gives back is handed on in batches: everything that waited while the thread was busy is done before the answers go out in
/// one call of `deliver`, so that an event loop is woken once for many answers.
final class WorkerThread<State: AnyObject>: Sendable {
    /// Work that has been done, to be told to whoever waits. Runs anywhere.
    typealias Answer = @Sendable () -> Void
    /// Gets the thread's state, or why it will not be run.
    typealias Work = @Sendable (Result<State, SourceFault>) -> Answer

    /// The mailbox and its bell, shared by the thread and the senders.
    private final class Mailbox: Sendable {
        struct Content {
            var waiting: [Work] = []
            var isClosed = false
        }

        let content = Mutex(Content())
        let bell = DispatchSemaphore(value: 0)
    }

    private let mailbox = Mailbox()
    private let capacity: Int

    /// `makeState` runs on the thread. At most `batch` pieces of work are done between two deliveries.
    init(
        name: String, capacity: Int, batch: Int = 64, makeState: @escaping @Sendable () -> State,
        deliver: @escaping @Sendable ([Answer]) -> Void
    ) {
        self.capacity = capacity
        let mailbox = mailbox
        let thread = Thread {
            let state = makeState()
            var isClosed = false
            while !isClosed {
                mailbox.bell.wait()
                var work: [Work] = []
                (work, isClosed) = mailbox.content.withLock { content in
                    defer { content.waiting = [] }
                    return (content.waiting, content.isClosed)
                }
                for start in stride(from: 0, to: work.count, by: batch) {
                    deliver(work[start..<min(start + batch, work.count)].map { $0(.success(state)) })
                }
            }
        }
        thread.name = name
        thread.start()
    }

    /// Queues work. Where the mailbox is full or closed the work gets the fault at once, on the caller's thread.
    func send(_ work: @escaping Work) {
        send([work])
    }

    /// The same for several pieces at once, in order.
    func send(_ work: [Work]) {
        let (taken, wakes, fault) = mailbox.content.withLock { content -> (Int, Bool, SourceFault) in
            guard !content.isClosed else { return (0, false, .closed) }
            let taken = min(work.count, capacity - content.waiting.count)
            let wakes = content.waiting.isEmpty && taken > 0
            content.waiting += work[..<taken]
            return (taken, wakes, .busy)
        }
        if wakes { mailbox.bell.signal() }
        for refused in work[taken...] { refused(.failure(fault))() }
    }

    /// Runs `body` on the thread and gives back what it returns or throws.
    func run<T: Sendable>(_ body: @escaping @Sendable (State) throws(SourceFault) -> T) async throws(SourceFault) -> T {
        let result: Result<T, SourceFault> = await withCheckedContinuation { continuation in
            send { state in
                let result: Result<T, SourceFault>
                do throws(SourceFault) {
                    result = .success(try body(try state.get()))
                } catch {
                    result = .failure(error)
                }
                return { continuation.resume(returning: result) }
            }
        }
        return try result.get()
    }

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
