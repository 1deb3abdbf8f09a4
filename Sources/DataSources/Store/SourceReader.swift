import Glibc
import Redaction

/// Reads sources on a thread of its own: one for each event loop, so that no event loop and no cooperative thread waits for a disk.
package final class SourceReader: Sendable {
    private let worker: WorkerThread<SourceSession>

    /// `deliver` gets what is to be told to waiting callers, many at once; an event loop runs them all in one turn. By default they are
    /// run on the reader's thread, which is right where the callers' executors take them over themselves.
    /// - Parameter isPatient: whether the thread leaves its processor to whoever else needs it.
    package init(
        folder: SourceFolder, name: String = "source-reader", isPatient: Bool = false,
        deliver: @escaping @Sendable ([@Sendable () -> Void]) -> Void = { answers in for answer in answers { answer() } }
    ) {
        worker = WorkerThread(
            name: name, capacity: folder.limits.maxWaiting, share: folder.limits.maxWaitingOfOne, niceness: isPatient ? SourceReader.patience : 0,
            makeState: { SourceSession(folder: folder, isPatient: isPatient) }, deliver: deliver)
    }

    /// Little beside a thread that somebody waits for, and everything where nobody does.
    private static let patience: Int32 = 10

    /// Runs `body` on the reader's thread with its open sources, when it is `client`'s turn. Throws `SourceFault.busy` or `busyForClient`
    /// where too much waits already.
    package func run<T: Sendable>(
        for client: SourceClient, _ body: @escaping @Sendable (SourceSession) throws(SourceFault) -> T
    ) async throws(SourceFault) -> T {
        try await worker.run(for: client, body)
    }

    /// What is run on the reader's thread and tells nobody: what follows from it is its own affair. It gets the reader's open sources, or why it
    /// will not be run.
    package struct Errand: Sendable {
        /// In whose turn it is run.
        package let client: SourceClient
        let run: @Sendable (Result<SourceSession, SourceFault>) -> Void

        package init(for client: SourceClient, _ run: @escaping @Sendable (Result<SourceSession, SourceFault>) -> Void) {
            self.client = client
            self.run = run
        }
    }

    /// Runs them on the reader's thread, those of one client in order; those that the reader does not take get the fault at once, on the calling
    /// thread.
    package func post(_ errands: [Errand]) {
        worker.send(
            errands.map { errand in
                (
                    errand.client,
                    { session in
                        errand.run(session)
                        return {}
                    }
                )
            })
    }

    /// One page, copied out of the reader's buffer.
    package func read(
        _ query: SourceQuery, of file: String, layout: SourceLayout, for client: SourceClient
    ) async throws(SourceFault) -> SourcePage {
        try await worker.run(for: client) { (session) throws(SourceFault) in
            try session.read(query, of: file, layout: layout)
            return session.page
        }
    }

    /// How many pieces of work wait, without the one that runs.
    package var waiting: Int { worker.waiting }

    /// Lets the reads that wait be done, then ends the thread; later ones are refused.
    package func close() { worker.close() }
}

/// A reader's open sources and its buffer. Stays on the reader's thread.
package final class SourceSession {
    /// What the last read gave. Used again by the next one.
    package private(set) var page = SourcePage()
    package let folder: SourceFolder
    /// Programs that were run here lately.
    private var plans: [EdgePlan] = []
    private static let maxPlans = 32
    /// Nil while a run has it.
    private var workspace: RedactionWorkspace?
    /// The most recently used one is last.
    private var open: [(file: String, connection: SourceConnection)] = []

    /// Whether others that need the thread's processor get it between two pieces.
    private let isPatient: Bool

    /// For a thread that may block, such as a reader's or a test's.
    package init(folder: SourceFolder, isPatient: Bool = false) {
        self.folder = folder
        self.isPatient = isPatient
    }

    /// Most records that are read in one go.
    var pieceRecords: Int { isPatient ? folder.limits.maxPieceRecords : folder.limits.maxPageRecords }

    /// After a piece.
    func giveWay() {
        if isPatient { sched_yield() }
    }

    /// The connection to a published file, opened where it is not open yet. Throws where the file is not of this layout.
    package func connection(_ file: String, layout: SourceLayout) throws(SourceFault) -> SourceConnection {
        if let index = open.lastIndex(where: { $0.file == file && $0.connection.layout == layout }) {
            if index != open.count - 1 { open.append(open.remove(at: index)) }
            return open[open.count - 1].connection
        }
        let connection = try SourceConnection(file, layout: layout, folder: folder)
        if open.count >= folder.limits.maxOpenSources { open.removeFirst() }
        open.append((file, connection))
        return connection
    }

    /// Lets go of a file that was removed, so that its space on the disk is free.
    package func close(_ file: String) { open.removeAll { $0.file == file } }

    func plan(for program: RedactionProgram, in layout: SourceLayout) -> EdgePlan {
        if let index = plans.lastIndex(where: { $0.program === program && $0.layout == layout }) {
            if index != plans.count - 1 { plans.append(plans.remove(at: index)) }
            return plans[plans.count - 1]
        }
        if plans.count >= SourceSession.maxPlans { plans.removeFirst() }
        let plan = EdgePlan(program, in: layout)
        plans.append(plan)
        return plan
    }

    func takeWorkspace() -> RedactionWorkspace { workspace.take() ?? RedactionWorkspace() }

    func giveBack(_ used: consuming RedactionWorkspace) { workspace = consume used }

    /// Reads the next rows into `page`.
    package func read(_ query: SourceQuery, of file: String, layout: SourceLayout) throws(SourceFault) {
        try connection(file, layout: layout).read(query, into: &page)
    }
}
