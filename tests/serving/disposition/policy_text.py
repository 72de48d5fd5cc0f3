"""Write a policy file that differs from the shipped one in a line, so that a test can say which one."""

from pathlib import Path

from serving.disposition.policy import DEFAULT_POLICY, POLICY_FOLDER

SHIPPED = POLICY_FOLDER / f"{DEFAULT_POLICY}.yaml"


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the shipped policy with texts of it replaced, each of which stands there once."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    path = folder / "edited.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def line_with(path: Path, text: str) -> int:
    """Return the line, from 1, of the only text of its kind in a file."""
    [number] = [i for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line]
    return number


def with_overrides(folder: Path, text: str) -> Path:
    """Write the shipped policy with these regions, vendors and overrides."""
    return edited(folder, ("regions: {}\nvendors: {}\noverrides: []\n", text))
