"""Add the verbs of this room to the command line; what they need is imported late."""

from serving.commands import (
    copy_verbs,
    decide_verb,
    demo_verb,
    forget_verb,
    grade_verb,
    policy_verb,
    score_verb,
    serve_verb,
    simulate_verb,
    verify_record_verb,
    webhooks_verb,
)
from serving.commands.labels import export_verb
from serving.commands.parser import Verbs
from serving.commands.shadow import shadow_verb

VERBS = (
    serve_verb,
    grade_verb,
    score_verb,
    decide_verb,
    policy_verb,
    demo_verb,
    simulate_verb,
    verify_record_verb,
    copy_verbs,
    forget_verb,
    export_verb,
    shadow_verb,
    webhooks_verb,
)


def add_serving_verbs(verbs: Verbs) -> None:
    """Add every verb of VERBS, in the order that the help lists them."""
    for verb in VERBS:
        verb.add_to(verbs)
