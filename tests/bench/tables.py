"""Lay measured speeds out as tables, each beside what is promised."""

from rich.table import Table

from tests.bench.timing import Throughput, Timing


def timing_table(title: str, timings: list[Timing]) -> Table:
    """Show percentiles of wall time; the ratio is p50 over that of the first row."""
    table = _table(
        title, "ratio: p50 over that of the first row", ("n", "p50 ms", "p95 ms", "p99 ms", "ratio")
    )
    for timing in timings:
        times = [f"{value:.3f}" for value in (timing.p50_ms, timing.p95_ms, timing.p99_ms)]
        ratio = f"{timing.p50_ms / timings[0].p50_ms:.2f}"
        promise = "" if timing.limit_ms is None else _promise(timing, timing.limit_ms)
        table.add_row(timing.name, f"{timing.n:,}", *times, ratio, promise)
    return table


def _promise(timing: Timing, limit_ms: float) -> str:
    name, reached = ("p95", timing.p95_ms) if timing.limits_p95 else ("p50", timing.p50_ms)
    return f"{name} {reached / limit_ms:.0%} of {limit_ms:g} ms"


def throughput_table(title: str, rates: list[Throughput]) -> Table:
    """Show items a second, and how many times what is promised that is."""
    caption = "items a second of one core's own time; p5 and p1 are the slowest batches"
    table = _table(title, caption, ("n", "batch", "p50", "p5", "p1"))
    for rate in rates:
        numbers = [f"{value:,.0f}" for value in (rate.n, rate.batch, rate.p50, rate.p5, rate.p1)]
        least = rate.promised
        promise = "" if least is None else f"{rate.p50 / least:.2f} x {least:,.0f}"
        table.add_row(rate.name, *numbers, promise)
    return table


def _table(title: str, caption: str, headings: tuple[str, ...]) -> Table:
    table = Table(title=title, caption=caption)
    table.add_column("")
    for heading in (*headings, "of promise"):
        table.add_column(heading, justify="right")
    return table
