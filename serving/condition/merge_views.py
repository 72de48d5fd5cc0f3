"""Merge findings of several photos that are one defect: same kind, same surface, same place on the device.

Photos come in an order that depends on their content alone, so the answer does not depend on how they were
sent. A finding joins a defect only if its place agrees with every finding already there, and never two of one
photo, so what one photo shows apart stays apart. Photos of one surface may stand upside down to each other: a
photo is turned by half a turn if two or more of its findings then agree with the first one's that did not
before: one alone may as well be another defect, and counting it twice never improves a grade.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.defect import DefectKind
from data.device import Surface
from serving.condition.device_defect import DeviceDefect
from serving.condition.device_side import DeviceSide
from serving.condition.measuring import Measuring
from serving.condition.photo_defects import PlacedDefect, Spot
from serving.condition.photo_findings import SideFindings


@dataclass
class _Group:
    """Findings of one defect, with their spots turned as the first photo stands."""

    members: list[PlacedDefect]
    spots: list[Spot]
    photos: set[int]


def merge(shown_sides: Sequence[SideFindings], measuring: Measuring) -> list[DeviceDefect]:
    """Return the defects of a device, each with all its findings, in an order that depends on them alone."""
    defects = []
    for surface in Surface:
        shown = [shown_side for shown_side in shown_sides if shown_side.surface is surface]
        # Of sides that are not known, no two photos need show the same one.
        sets = [[shown_side] for shown_side in shown] if surface is Surface.UNKNOWN else [shown]
        found = [group for photos in sets for group in _merge_surface(photos, measuring)]
        defects += _named(surface, found)
    return defects


def _merge_surface(shown_sides: Sequence[SideFindings], measuring: Measuring) -> list[_Group]:
    groups: list[_Group] = []
    first = next(
        (shown_side for shown_side in shown_sides if any(item.spot for item in shown_side.found)), None
    )
    for shown_side in shown_sides:
        turned = first is not None and shown_side is not first and _is_turned(first, shown_side, measuring)
        for item in _largest_first(shown_side):
            spot = _turn(item.spot, shown_side.side) if turned and item.spot else item.spot
            _add(groups, item, spot, shown_side.side.long_side, measuring)
    _add_unplaced(groups, shown_sides)
    return groups


def _largest_first(shown_side: SideFindings) -> list[PlacedDefect]:
    placed = [item for item in shown_side.found if item.spot is not None]
    return sorted(placed, key=lambda item: -(item.defect.area_mm2 or 0.0))


def _add(
    groups: list[_Group], item: PlacedDefect, spot: Spot | None, side: float, measuring: Measuring
) -> None:
    """Put a finding to the group it agrees with best, or open one for it."""
    if spot is None:
        return
    fitting = [
        (distance, number)
        for number, group in enumerate(groups)
        if (distance := _distance(group, item, spot, side, measuring)) is not None
    ]
    if fitting:
        group = groups[min(fitting)[1]]
        group.members.append(item)
        group.spots.append(spot)
        group.photos.add(item.defect.photo)
    else:
        groups.append(_Group([item], [spot], {item.defect.photo}))


def _distance(
    group: _Group, item: PlacedDefect, spot: Spot, side: float, measuring: Measuring
) -> float | None:
    """Return how far a finding lies from a group at most; None if it is another defect."""
    if group.members[0].defect.kind is not item.defect.kind or item.defect.photo in group.photos:
        return None
    gaps = [_gap(spot, other, side, measuring) for other in group.spots]
    return None if any(gap is None for gap in gaps) else max(gap for gap in gaps if gap is not None)


def _gap(one: Spot, other: Spot, side: float, measuring: Measuring) -> float | None:
    """Return the distance of two spots if enough of the smaller one lies near the larger, else None."""
    apart = np.hypot(*(one.points[:, None] - other.points[None]).transpose(2, 0, 1))
    within = measuring.same_place_within * side + one.cell + other.cell
    nearest = min((apart.min(axis=1), apart.min(axis=0)), key=lambda gaps: float(gaps.mean()))
    is_same = float(np.mean(nearest <= within)) >= measuring.same_place_share
    return float(nearest.mean()) if is_same else None


def _is_turned(first: SideFindings, shown_side: SideFindings, measuring: Measuring) -> bool:
    upright = sum(_agrees(first, item, item.spot, measuring) for item in shown_side.found if item.spot)
    turned = sum(
        _agrees(first, item, _turn(item.spot, shown_side.side), measuring)
        for item in shown_side.found
        if item.spot
    )
    return turned >= upright + measuring.turn_agreeing_min


def _agrees(first: SideFindings, item: PlacedDefect, spot: Spot, measuring: Measuring) -> bool:
    others = [one.spot for one in first.found if one.spot and one.defect.kind is item.defect.kind]
    return any(_gap(spot, other, first.side.long_side, measuring) is not None for other in others)


def _turn(spot: Spot, face: DeviceSide) -> Spot:
    return Spot(np.array([face.width, face.height]) - spot.points, spot.cell)


def _add_unplaced(groups: list[_Group], shown_sides: Sequence[SideFindings]) -> None:
    """Count what has no place of its own with the surest defect of its kind, or all of it as one defect."""
    for item in (item for shown_side in shown_sides for item in shown_side.found if item.spot is None):
        same = [group for group in groups if group.members[0].defect.kind is item.defect.kind]
        if same:
            max(same, key=lambda group: max(m.defect.probability for m in group.members)).members.append(item)
        else:
            groups.append(_Group([item], [], {item.defect.photo}))


def _named(surface: Surface, groups: Sequence[_Group]) -> list[DeviceDefect]:
    defects = []
    for kind in DefectKind:
        same = [group for group in groups if group.members[0].defect.kind is kind]
        findings = [tuple(item.defect for item in group.members) for group in same]
        findings.sort(key=lambda group: -max(finding.area_mm2 or 0.0 for finding in group))
        defects += [
            DeviceDefect(f"{surface}-{kind}-{number}", kind, surface, group)
            for number, group in enumerate(findings, start=1)
        ]
    return defects
