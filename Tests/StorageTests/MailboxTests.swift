import Foundation
import Storage
import Testing

@Suite struct MailboxTests {
    @Test func aFullMailboxPushesBack() {
        let mailbox = Mailbox<Int>(capacity: 2)
        #expect([mailbox.post(1), mailbox.post(2), mailbox.post(3)] == [.accepted, .accepted, .full])
        var batch: [Int] = []
        #expect(mailbox.drain(into: &batch, waiting: .zero))
        #expect(batch == [1, 2])
        #expect(mailbox.post(4) == .accepted)
    }

    @Test func aClosedMailboxGivesWhatWaitsAndThenEnds() {
        let mailbox = Mailbox<Int>(capacity: 2)
        _ = mailbox.post(1)
        mailbox.close()
        #expect(mailbox.post(2) == .closed)
        var batch: [Int] = []
        #expect(mailbox.drain(into: &batch, waiting: .seconds(9)))
        #expect(batch == [1])
        #expect(mailbox.drain(into: &batch, waiting: .seconds(9)) == false)
    }

    @Test func aTimeoutGivesAnEmptyBatch() {
        let mailbox = Mailbox<Int>(capacity: 2)
        var batch = [5]
        #expect(mailbox.drain(into: &batch, waiting: .milliseconds(5)))
        #expect(batch.isEmpty)
    }

    @Test func nothingIsLostBetweenSendersAndASleepingReceiver() async {
        let mailbox = Mailbox<Int>(capacity: 1_000_000)
        let received = Task.detached { () -> [Int] in
            await withCheckedContinuation { continuation in
                Thread {
                    var all: [Int] = []
                    var batch: [Int] = []
                    while mailbox.drain(into: &batch, waiting: .microseconds(50)) { all += batch }
                    continuation.resume(returning: all)
                }.start()
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<8 {
                group.addTask {
                    for number in 0..<2_000 {
                        #expect(mailbox.post(sender * 2_000 + number) == .accepted)
                        if number.isMultiple(of: 50) { await Task.yield() }
                    }
                }
            }
        }
        mailbox.close()
        #expect(await received.value.sorted() == Array(0..<16_000))
    }
}
