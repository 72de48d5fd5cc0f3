"""Write messages into files and read the cases they make, noting what was told."""

from datetime import datetime
from pathlib import Path

from data.case import ReturnCase, read_case
from data.inbound import SetAsides, read_sender
from tests.data.inbound.good_lines import good_lines


class Desk:
    """A folder of messages, and the notes of reading them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notes: list[str] = []
        self.aside = SetAsides()

    def file(self, text: str, name: str = "returns.x12") -> Path:
        path = self._folder / name
        path.write_bytes(text.encode("latin-1"))
        return path

    def cases(
        self, text: str, *scans: str, sender: str | None = None, as_of: datetime | None = None
    ) -> list[ReturnCase]:
        files = [self.file(scan, f"scans{number}.x12") for number, scan in enumerate(scans)]
        habits = read_sender(self.file(sender, "sender.yaml")) if sender else None
        lines = good_lines(
            self.file(text),
            files,
            sender=habits,
            as_of=as_of,
            tell=self.notes.append,
            aside=self.aside,
        )
        return [read_case(line) for line in lines]

    def case(
        self, text: str, *scans: str, sender: str | None = None, as_of: datetime | None = None
    ) -> ReturnCase:
        (found,) = self.cases(text, *scans, sender=sender, as_of=as_of)
        return found
