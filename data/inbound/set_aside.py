"""Keep apart what can't be read of a file, with its place and the reason."""

from dataclasses import dataclass, field

SHOWN = 50


@dataclass(frozen=True)
class SetAside:
    """One message, event or case that was not used."""

    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.reason}"


@dataclass
class SetAsides:
    """Collect what was set aside: the first ones in full, and how many there were."""

    first: list[SetAside] = field(default_factory=list)
    count: int = 0

    def add(self, file: str, place: str, reason: object) -> None:
        """Set something aside; a reason that begins with the file and the place says them once."""
        self.count += 1
        if len(self.first) < SHOWN:
            said = str(reason).removeprefix(f"{file}: ").removeprefix(f"{place}: ")
            self.first.append(SetAside(file, place, said))

    def lines(self) -> list[str]:
        """Return one line for each of the first, and the count."""
        if not self.count:
            return []
        beyond = f"; the first {SHOWN} are named" if self.count > SHOWN else ""
        return [*(f"set aside: {one}" for one in self.first), f"{self.count} set aside in all{beyond}"]
