"""Where the direction of a feature is law it is given, and under the name that the contract has."""

from features.case.contract import case_contract
from training.fraud.settings import read_settings

WEIGHED = {"2": 141}
"""Of how many features of a contract it was decided whether their direction is law."""


def test_a_new_feature_gets_a_direction_or_is_known_to_have_none() -> None:
    """A feature without a direction is learnt from the data alone, so that more of a fault may lower a score.

    Whoever changes the contract decides it in settings.yaml (`monotone`, `bad_side`), and counts it here.
    """
    contract = case_contract()

    assert {contract.version: len(contract.names)} == WEIGHED, "weigh the directions, then count here"


def test_every_direction_is_of_a_feature_that_the_contract_names() -> None:
    """A feature that was renamed lost its direction without a word."""
    settings = read_settings()

    assert settings.boosting.monotone.keys() - set(case_contract().names) == set()
    assert settings.signals.surprise.bad_side.keys() - set(case_contract().names) == set()
