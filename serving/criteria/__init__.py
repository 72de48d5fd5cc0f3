"""Turn defects into a grade by a criteria pack: a versioned file of limits that a person can read."""

from serving.criteria.odds import LIKELY, Suspect
from serving.criteria.pack import BadPack, House, Pack, read_pack, read_standards
from serving.criteria.prevalence import Prevalence, read_prevalence
from serving.criteria.verdict import Verdict, judge

__all__ = [
    "LIKELY",
    "BadPack",
    "House",
    "Pack",
    "Prevalence",
    "Suspect",
    "Verdict",
    "judge",
    "read_pack",
    "read_prevalence",
    "read_standards",
]
