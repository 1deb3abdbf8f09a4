"""Nothing leaves unrecorded: the system calls of one query, in order, as the kernel saw them."""
import json
import re
import shutil
import signal
import time
import unittest

from parties import COUNCIL, ROOT, Broker, messages

LEEDS = "E08000035"


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class Order(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.people = cls.broker.import_awards(1000)
        cls.citizen = next(person for person in cls.people if person["local_authority"] == LEEDS)
        cls.agreement = cls.broker.agree(cls.broker.template("council-tax-reduction", "uc.awards"), "leeds-cc", "dwp")

    def test_an_import_that_takes_a_field_away_names_the_agreement_that_lists_it(self):
        labels = (ROOT / "Deploy/demo/uc.awards.labels.yaml").read_text()
        for field in ("local_authority", "notes"):
            labels = re.sub(rf"(?m)^  {field}: .*\n", "", labels)
        labels = labels.replace("filters: [local_authority]", "filters: []")
        file = self.broker.dir / "narrow.jsonl"
        file.write_text("".join(
            json.dumps({name: value for name, value in person.items() if name not in ("local_authority", "notes")}) + "\n" for person in self.people))
        (self.broker.dir / "narrow.yaml").write_text(labels)
        importing = ("catalogue", "import", file, "--labels", self.broker.dir / "narrow.yaml")
        result = self.broker.cli("dwp/asset-owner", *importing, check=False)
        self.assertEqual(result.returncode, 1)
        for words in (
            "uc.awards revision 1 is live", "  local_authority: would vanish", "  notes: would vanish", "  filter_fields: would no longer have local_authority",
            f"{self.agreement} (active) stops until it is amended and lists what would vanish: local_authority", "--replace",
        ):
            self.assertIn(words, result.stderr)
        # Who is no party is not told of the agreement.
        other = self.broker.cli("operator/administrator", *importing, check=False)
        self.assertEqual((other.returncode, self.agreement in other.stderr), (1, False))

    def test_the_sync_precedes_the_first_record_byte(self):
        import subprocess

        token = self.broker.token(COUNCIL, self.agreement, "uc.awards", "council-tax-reduction")
        ask = lambda: self.broker.query(
            COUNCIL, token, agreement=self.agreement, dataset="uc.awards", purpose="council-tax-reduction",
            key=messages()["exchange"].KeySearch(value=self.citizen["nino"]))
        ask()
        trace = self.broker.dir / "trace"
        tracer = subprocess.Popen(
            ["strace", "-f", "-ttt", "-T", "-yy", "-s", "0", "-e", "trace=read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync",
             "-o", str(trace), "-p", str(self.broker.process.pid)], stderr=subprocess.PIPE, text=True)
        try:
            time.sleep(1.5)
            self.assertIsNone(tracer.poll(), "strace could not attach")
            answer = ask()
            time.sleep(0.5)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(timeout=20)
        self.assertEqual(len(answer.records), 1)
        size = len(answer.records[0].record)
        events = self.events(trace.read_text(errors="replace"))
        sends = [at for at, (name, where, count) in enumerate(events) if name == "send" and "TCP" in where and count >= size]
        self.assertTrue(sends, "no send that could hold the record was seen")
        asked = [at for at, (name, where, count) in enumerate(events[:sends[0]]) if name == "receive" and "TCP" in where and count > 0]
        self.assertTrue(asked, "the request was not seen")
        synced = [where for name, where, count in events[asked[0]:sends[0]] if name == "sync" and count == 0]
        self.assertTrue(any("broker.sqlite" in where for where in synced), f"no sync of the ledger before the record: {synced}")

    @staticmethod
    def events(text):
        """(kind, file, result) of each call at the moment it ended for syncs and receives, and at the moment it began for sends."""
        kinds = {"read": "receive", "recvfrom": "receive", "recvmsg": "receive", "write": "send", "writev": "send", "sendto": "send",
                 "sendmsg": "send", "fsync": "sync", "fdatasync": "sync"}
        begun, found = {}, []
        for line in text.splitlines():
            match = re.match(r"^(\d+)\s+([\d.]+)\s+(.*)$", line)
            if not match:
                continue
            thread, moment, rest = match.group(1), float(match.group(2)), match.group(3)
            unfinished = re.match(r"^(\w+)\(\d+<(.*)>.*<unfinished", rest)
            if unfinished:
                begun[thread] = (moment, unfinished.group(2))
                continue
            resumed = re.match(r"^<\.\.\. (\w+) resumed>.*=\s*(-?\d+).*<([\d.]+)>$", rest)
            whole = re.match(r"^(\w+)\(\d+<(.*?)>[,)].*=\s*(-?\d+).*<([\d.]+)>$", rest)
            if resumed and thread in begun:
                start, where = begun.pop(thread)
                name, result, end = resumed.group(1), int(resumed.group(2)), start + float(resumed.group(3))
            elif whole:
                name, where, result = whole.group(1), whole.group(2), int(whole.group(3))
                start, end = moment, moment + float(whole.group(4))
            else:
                continue
            kind = kinds.get(name)
            if kind:
                found.append((start if kind == "send" else end, kind, where, result))
        return [(kind, where, result) for _, kind, where, result in sorted(found)]


if __name__ == "__main__":
    unittest.main()
