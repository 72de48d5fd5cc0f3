"""Grade defects by a criteria pack: a versioned file of limits that a person can read."""

from serving.condition.criteria.missed_lengths import MissedLengths, read_missed_lengths
from serving.condition.criteria.odds import LIKELY, PossibleDefect
from serving.condition.criteria.pack import BadPack, House, Pack, read_pack, read_standards
from serving.condition.criteria.pack_grade import PackGrade, apply_pack, sureness
from serving.condition.criteria.prevalence import Prevalence, read_prevalence

__all__ = [
    "LIKELY",
    "BadPack",
    "House",
    "MissedLengths",
    "Pack",
    "PackGrade",
    "PossibleDefect",
    "Prevalence",
    "apply_pack",
    "read_missed_lengths",
    "read_pack",
    "read_prevalence",
    "read_standards",
    "sureness",
]
