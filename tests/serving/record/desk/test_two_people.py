"""Two approvers are two people, and not one name under two spellings."""

import pytest

from serving.record.desk.two_people import are_two_people, person_key


@pytest.mark.parametrize(
    "other",
    [
        "Ana Li",
        "ANA LI",
        "ana  li",
        "AnaLi",
        " Ana-Li. ",
        "Ana\u00a0Li",
        "Ａｎａ Ｌｉ",
        "Aná Lí",
        "Ana\u0301 Li",
        "Ana\u200b Li",
        "Ana\u2060 Li",
        "Ana\u3164 Li",
        "Ana\u034f Li",
        "Ana\ufe0f Li",
        "\u202eAna Li",
        "Аnа Li",
        "𝐀𝐧𝐚 𝐋𝐢",
        "Ana L1",
        "Ana Ll",
        "ΑNA LΙ",
    ],
)
def test_one_name_in_another_spelling_is_one_person(other: str) -> None:
    assert not are_two_people("Ana Li", other)
    assert not are_two_people(other, "Ana Li")


@pytest.mark.parametrize(
    ("name", "other"), [("Søren", "Soren"), ("Łukasz", "lukasz"), ("Groß", "GROSS"), ("badge 10", "Badge-1O")]
)
def test_letters_with_strokes_and_digits_that_look_alike_tell_nobody_apart(name: str, other: str) -> None:
    assert not are_two_people(name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ana", "Bo"),
        ("Ana", "Anna"),
        ("badge 12", "badge 13"),
        ("badge 2", "badge 5"),
        ("Оля", "Ола"),
        ("李娜", "李静"),
        ("محمد", "أحمد"),
        ("Anne Roy", "Anne Ray"),
    ],
)
def test_two_names_are_two_people(name: str, other: str) -> None:
    assert are_two_people(name, other)


@pytest.mark.parametrize("nobody", ["", "—", "...", "\u3164\u200b"])
def test_a_name_without_a_letter_names_nobody(nobody: str) -> None:
    assert not are_two_people("Ana", nobody)
    assert not are_two_people(nobody, nobody)


def test_a_key_is_the_same_again() -> None:
    for name in ("Ana Li", "Łukasz", "ΑΝΑ", "Märta Ørsted", "badge-10"):
        assert person_key(person_key(name)) == person_key(name) != ""
