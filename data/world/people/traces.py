"""Draw whether a return leaves a trace, by chance or because of its sender's intent."""

from data.world.draws import Mask, Rng, chance
from data.world.figures import WorldFigures
from data.world.people.intent import Intent


def draw_trace(rng: Rng, figures: WorldFigures, intent: Intent, trace: str) -> Mask:
    """Draw one trace for every return, by the typology whose traces it leaves."""
    return chance(rng, figures.traces[trace][intent.trace], len(intent))
