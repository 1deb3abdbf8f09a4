import DataSources
import Dispatch
import Foundation
import Storage
import Testing

@testable import Broker

@Suite struct SourceShelfTests {
    @Test(arguments: [SourceClient(principal: 1), SourceClient(principal: 1).ofStreams])
    func whatWaitsIsCountedForTheReadersThatItWaitsFor(_ client: SourceClient) throws {
        let home = BrokerHome(NSTemporaryDirectory() + "shelf-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        try home.create()
        let shelf = try SourceShelf(home: home, readers: 1)
        let (begun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        shelf.post(
            SourceReader.Errand(for: client) { _ in
                begun.signal()
                mayEnd.wait()
            })
        begun.wait()
        for _ in 0..<3 { shelf.post(SourceReader.Errand(for: client) { _ in begun.signal() }) }
        #expect(shelf.waitingReads == (client.isOfStreams ? 0 : 3))
        #expect(shelf.waitingStreamReads == (client.isOfStreams ? 3 : 0))
        mayEnd.signal()
        for _ in 0..<3 { begun.wait() }
        #expect(shelf.waitingReads + shelf.waitingStreamReads == 0)
        shelf.close()
    }
}
