"""Write a policy as tables that a person reads in a terminal of 100 columns."""

import io
from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from data.decision import Destination, Disposition, GateKind
from data.defect import Grade
from data.device import DeviceClass
from serving.disposition.decision_table import Row
from serving.disposition.local_overrides import LocalOverride
from serving.disposition.policy import VALUED, Policy
from serving.wording import say

WIDTH = 100


def policy_lines(policy: Policy) -> Iterator[str]:
    """Yield a policy line by line: what findings do, what ways are worth, where the figures come from."""
    yield f"Policy {policy.name} {policy.version}: amounts in {policy.currency}, site {policy.site.country}"
    yield f"sha256 {policy.sha256}"
    for table in _tables(policy):
        yield ""
        yield from _written(table)


def _tables(policy: Policy) -> Iterator[Table]:
    yield _findings(policy)
    yield _rules(policy)
    yield _routes(policy)
    yield _fractions(policy)
    yield _costs(policy)
    yield _rates(policy)
    yield _overrides(policy)
    yield from _impacts(policy)
    yield _sources(policy)


def _findings(policy: Policy) -> Table:
    table = _table("What each finding does, in the order in which the gates ask", "gate", "found", "then")
    before = None
    for row in policy.table:
        gate = "" if row.gate is before else say(row.gate)
        if gate and before is not None:
            table.add_section()
        table.add_row(gate, row.found, _consequence(row))
        before = row.gate
    return table


def _consequence(row: Row) -> str:
    if row.decides is not None:
        return f"quarantine, {say(row.decides)}"
    ways = [say(way) for way in (*Disposition, "export") if way in (row.closes or ())]
    return f"no {', '.join(ways)}" if ways else "nothing is closed"


def _rules(policy: Policy) -> Table:
    table = _table("The rules that the gates cite", "gate", "rule", "stands on")
    for gate in GateKind:
        table.add_row(say(gate), policy.gates[gate].rule, "; ".join(policy.gates[gate].cites))
    return table


def _routes(policy: Policy) -> Table:
    table = _table(
        "Where each way leads, how long it takes and what a day takes there", "way", "to", "days", "a day"
    )
    for way in Disposition:
        route = policy.routes[way]
        elsewhere = [f"{say(to)} from {country}" for country, to in route.by_country.items()]
        places = ", ".join([say(route.destination), *elsewhere])
        days = f"{policy.dwell.days[way]:g}" if way in policy.dwell.days else ""
        table.add_row(say(way), places, days, _capacity(policy, route.destination))
    return table


def _capacity(policy: Policy, destination: Destination) -> str:
    return f"{policy.capacity.devices[destination]:g}" if policy.capacity else "unknown"


def _fractions(policy: Policy) -> Table:
    table = _table(f"What each way brings in: {policy.values.unit}", "way", *Grade)
    for way in VALUED:
        table.add_row(say(way), *(f"{policy.values.fractions[way][grade]:.2f}" for grade in Grade))
    return table


def _costs(policy: Policy) -> Table:
    table = _table(f"What each way costs: {policy.costs.unit}", "way", *map(say, DeviceClass))
    for way in VALUED:
        table.add_row(say(way), *(f"{policy.costs.amounts[way][kind]:g}" for kind in DeviceClass))
    return table


def _rates(policy: Policy) -> Table:
    table = _table(f"What one unit of a currency is worth in {policy.currency}", "", "rate", "of", "table")
    for currency in policy.currencies:
        quote = policy.quote(currency)
        table.add_row(currency, f"{quote.rate:g}", str(quote.as_of), quote.table)
    return table


def _overrides(policy: Policy) -> Table:
    table = _table("What holds instead for some returns", "override", "for", "value", "instead of")
    for override in policy.overrides:
        table.add_section()
        name, when = override.name, _scope(override)
        for place, value in override.replace.items():
            table.add_row(name, when, f"{place}: {value}", str(_value_at(policy, place)))
            name = when = ""
    if not policy.overrides:
        table.add_row("none", "", "", "")
    return table


def _scope(override: LocalOverride) -> str:
    when = override.when
    named = (when.channels, when.regions, when.vendors)
    return "; ".join(", ".join(say(name) for name in sorted(several)) for several in named if several)


def _value_at(policy: Policy, place: str) -> object:
    node: object = policy.model_dump(mode="json")
    for name in place.split("."):
        node = node[name] if isinstance(node, Mapping) else None
    return node


def _impacts(policy: Policy) -> Iterator[Table]:
    if policy.impact is None:
        return
    impact = policy.impact
    table = _table("What one device weighs on the climate and the waste stream", "", *map(say, DeviceClass))
    for name, figures in (("footprint, kg CO2e", impact.footprint), ("mass, kg", impact.mass)):
        table.add_row(name, *(f"{figures.amounts[kind]:g}" for kind in DeviceClass))
    yield table
    table = _table("Of that each way spares", "", *map(say, VALUED))
    for name, spared in (("CO2 avoided", impact.co2_avoided), ("kept from waste", impact.kept_from_waste)):
        table.add_row(name, *(f"{spared.shares[way]:.0%}" for way in VALUED))
    yield table


def _sources(policy: Policy) -> Table:
    table = _table("Where the figures come from", "figures", "unit", "source")
    for row in policy.table:
        if row.source:
            table.add_row(row.found, "", row.source)
    for name, unit, source in _sourced((), policy.model_dump(mode="json")):
        table.add_row(name, unit, source)
    return table


def _sourced(place: tuple[str, ...], node: object) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, Mapping):
        if "source" in node:
            yield ".".join(place), str(node.get("unit", "")), str(node["source"])
        for name, inner in node.items():
            yield from _sourced((*place, str(name)), inner)


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, box=box.SIMPLE_HEAD, pad_edge=False)


def _written(table: Table) -> Iterator[str]:
    # The title stands above the table, because rich would break it where the table is narrow.
    yield str(table.title)
    table.title = None
    text = io.StringIO()
    Console(file=text, width=WIDTH, color_system=None).print(table)
    yield from (line.rstrip() for line in text.getvalue().splitlines())
