"""Turn defects into a grade by a criteria pack: a versioned file of limits that a person can read."""

from serving.criteria.pack import BadPack, Pack, read_pack
from serving.criteria.verdict import Suspect, Verdict, judge

__all__ = ["BadPack", "Pack", "Suspect", "Verdict", "judge", "read_pack"]
