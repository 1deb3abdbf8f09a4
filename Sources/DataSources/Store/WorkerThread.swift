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
        /// Pieces of work that were taken in and are not done.
        let undone = Atomic<Int>(0)
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
                    let part = work[start..<min(start + batch, work.count)]
                    deliver(part.map { $0(.success(state)) })
                    mailbox.undone.subtract(part.count, ordering: .relaxed)
                }
            }
        }
        thread.name = name
        thread.start()
    }

    /// How much is waiting or under way, about.
    var undone: Int { mailbox.undone.load(ordering: .relaxed) }

    /// Queues work. Where the mailbox is full or closed the work gets the fault at once, on the caller's thread.
    func send(_ work: @escaping Work) {
        let refusal: SourceFault? = mailbox.content.withLock { content in
            if content.isClosed { return .closed }
            if content.waiting.count >= capacity { return .busy }
            content.waiting.append(work)
            mailbox.undone.add(1, ordering: .relaxed)
            if content.waiting.count == 1 { mailbox.bell.signal() }
            return nil
        }
        if let refusal { work(.failure(refusal))() }
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
