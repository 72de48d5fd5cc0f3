"""`regrade export`: write what a record holds for those who work with it elsewhere."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.commands.options import add_record, instant, named, settings_of
from serving.commands.parser import LinesWithAside, Told, Verbs, add_group, add_verb, require

if TYPE_CHECKING:
    from data.inbound import SetAsides
    from serving.commands.labels.label_file import LabelFormat
    from serving.commands.labels.label_tally import LabelTally
    from serving.record.labels.decision_label import Label
    from serving.record.labels.label_rules import LabelKind, LabelRules
    from serving.record.labels.labelling import Labelling

MORE = """\
One row a decision and kind of label: who told it, how late, how sure it is, and for how many decisions it
stands. Nobody is called honest because nobody spoke. Exit codes: 0 done, 3 done, and something that was
told gives no label. docs/operations/labels.md explains the columns."""


def add_to(verbs: Verbs) -> None:
    """Add the verb with what it writes."""
    group = add_group(verbs, "export", "Write what a record holds to a file.", of="WHAT")
    labels = add_verb(group, "labels", _run, "Write what became known of decided returns.", more=MORE)
    add_record(labels)
    labels.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="The labels are written here, whole or not."
    )
    labels.add_argument("--kind", metavar="KIND", help="Only labels of this kind: fraud or grade.")
    labels.add_argument(
        "--as-of",
        type=instant,
        metavar="TIME",
        help="Nothing counts that was known or recorded later (default: now).",
    )
    labels.add_argument(
        "--format", metavar="FORM", help="jsonl, csv or parquet (default: as the file's name ends, or jsonl)."
    )
    labels.add_argument(
        "--labelled-only", action="store_true", help="Decisions of which nobody told anything are left out."
    )
    labels.add_argument(
        "--pseudonymous",
        action="store_true",
        help="Returns and decisions get names that hold within this file alone.",
    )
    labels.add_argument(
        "--cases",
        type=Path,
        metavar="FILE",
        help="The cases of these decisions are written here as JSON lines, as `regrade score` takes them.",
    )
    labels.add_argument(
        "--rules", type=Path, metavar="FILE", help="These rules are used instead of labels-1.yaml."
    )


@dataclass(frozen=True)
class LabelExport:
    """What is to be written of the labels, and where."""

    out: Path
    form: "LabelFormat"
    kinds: "frozenset[LabelKind]"
    cases: Path | None
    labelled_only: bool
    pseudonym: Callable[[str], str] | None

    def write(self, found: "Labelling", progress: Callable[[int], object]) -> "LabelTally":
        """Write every label that is asked for, and return their counts; raises OSError."""
        from serving.commands.labels.label_file import label_file, label_row, put_in_place
        from serving.commands.labels.label_tally import LabelTally

        tally = LabelTally()
        with ExitStack() as stack:
            labels = stack.enter_context(label_file(self.out, self.form))
            place = stack.enter_context(put_in_place(self.cases)) if self.cases else None
            cases = stack.enter_context(place.open("w", encoding="utf-8")) if place else None
            for number, one in enumerate(found.labelled(), 1):
                of_kinds = [label for label in one.labels if label.kind in self.kinds]
                for label in of_kinds:
                    tally.count(label)
                written = [label for label in of_kinds if label.word or not self.labelled_only]
                for label in written:
                    labels.write(label_row(self._named(label)))
                if cases and written:
                    cases.write(_line(one.case))
                progress(number)
        return tally

    def _named(self, label: "Label") -> "Label":
        if self.pseudonym is None:
            return label
        names = self.pseudonym(label.rma_id), self.pseudonym(label.decision_id)
        return replace(label, rma_id=names[0], decision_id=names[1])


def _run(options: argparse.Namespace) -> Told:
    from data.inbound import SetAsides
    from serving.record.labels.label_rules import read_label_rules

    require(
        not (options.cases and options.pseudonymous),
        "--cases and --pseudonymous do not go together: a case names the return and its customer",
    )
    export, rules = _asked(options), read_label_rules(options.rules)
    as_of, aside = options.as_of or datetime.now(UTC), SetAsides()
    return LinesWithAside(_lines(export, rules, settings_of(options).record_url, as_of, aside), aside)


def _asked(options: argparse.Namespace) -> LabelExport:
    from serving.commands.labels.label_file import LabelFormat, format_of
    from serving.record.labels.label_rules import LabelKind

    form = named(LabelFormat, options.format) if options.format else None
    kinds = frozenset([named(LabelKind, options.kind)] if options.kind else LabelKind)
    pseudonym = _pseudonyms() if options.pseudonymous else None
    return LabelExport(
        options.out, format_of(options.out, form), kinds, options.cases, options.labelled_only, pseudonym
    )


def _lines(
    export: LabelExport, rules: "LabelRules", url: str, as_of: datetime, aside: "SetAsides"
) -> Iterator[str]:
    from rich.console import Console
    from rich.progress import Progress

    from serving.record.labels.labelling import count_decisions, labelling
    from serving.record.opening import open_unchanged

    engine = open_unchanged(url)
    try:
        with Progress(transient=True, console=Console(stderr=True)) as progress:
            task = progress.add_task("Labelling decisions", total=count_decisions(engine))
            with labelling(engine, as_of, rules) as found:
                tally = export.write(found, lambda n: progress.update(task, completed=n))
    finally:
        engine.dispose()
    for left in found.left_out:
        aside.add("record", f"{left.place} of {left.rma_id}", left.why)
    yield f"labels as of {as_of.isoformat()} by rules {rules.version} written to {export.out}"
    yield from tally.lines(found, rules, export.kinds)


def _pseudonyms() -> Callable[[str], str]:
    """Return what names things anew, by a key that is in nobody's hands once the file is written."""
    import hmac
    import secrets

    key = secrets.token_bytes(32)
    return lambda name: f"p-{hmac.digest(key, name.encode(), 'sha256').hex()[:32]}"


def _line(case: Any) -> str:
    from serving.record.entry import canonical_json

    return canonical_json(case) + "\n"
