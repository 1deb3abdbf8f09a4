import NIOCore
import Synchronization

/// Runs the jobs of handlers on one event loop, and tells after each batch, so that all their answers are flushed together.
///
/// Safety: `ready`, `isScheduled` and `afterBatch` are touched on the event loop only, asserted where jobs run; jobs from other threads go
/// through the mutex.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    let eventLoop: any EventLoop
    private var ready: [UnownedJob] = []
    private var isScheduled = false
    private var afterBatch: () -> Void = {}
    private let inbox = Mutex<[UnownedJob]>([])

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// On the event loop, once.
    func onBatch(_ action: @escaping () -> Void) {
        afterBatch = action
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            ready.append(job)
            guard !isScheduled else { return }
            isScheduled = true
            eventLoop.execute { self.drain() }
        } else {
            let isFirst = inbox.withLock { jobs in
                jobs.append(job)
                return jobs.count == 1
            }
            if isFirst { eventLoop.execute { self.drain() } }
        }
    }

    /// Runs what is ready now. Bounded, so that the loop's other work gets its turn. Returns whether anything ran.
    @discardableResult
    func runReady() -> Bool {
        eventLoop.assertInEventLoop()
        var didRun = false
        for _ in 0..<16 {
            ready.append(contentsOf: inbox.withLock { jobs in
                defer { jobs.removeAll(keepingCapacity: true) }
                return jobs
            })
            guard !ready.isEmpty else { break }
            let batch = ready
            ready.removeAll()
            for job in batch {
                // The job is run once, here, and was taken out of the list before.
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
            didRun = true
        }
        return didRun
    }

    private func drain() {
        isScheduled = true
        runReady()
        isScheduled = false
        if !ready.isEmpty {
            isScheduled = true
            eventLoop.execute { self.drain() }
        }
        afterBatch()
    }
}
