import DataSources
import NIOCore

/// What the calls of one event loop ask of their source reader, handed over once for all that arrived in one turn of the loop: waking a thread
/// for each of them costs more than the reads. Bounded by the calls that the loop's connections may run at once.
final class SourceOutbox: Sendable {
    private let loop: any EventLoop
    private let reader: SourceReader
    private let waiting: NIOLoopBoundBox<[SourceReader.Errand]>

    /// On `loop`, as every other call.
    init(_ loop: any EventLoop, to reader: SourceReader) {
        self.loop = loop
        self.reader = reader
        waiting = NIOLoopBoundBox([], eventLoop: loop)
    }

    func add(_ errand: SourceReader.Errand) {
        waiting.value.append(errand)
        if waiting.value.count == 1 { loop.execute { self.send() } }
    }

    private func send() {
        let errands = waiting.value
        waiting.value = []
        reader.post(errands)
    }
}
