"""What is done to letters so that a filter does not see a word, and how it is undone."""

import pytest

from components.systems.safety.attacks import ATTACKS, misspelt
from components.systems.safety.reading import Reader
from components.systems.safety.spelling import plain

KNOWN = {"these": 9, "people": 9, "are": 99, "stupid": 9, "lovely": 9}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("STUPID", "stupid"),
        ("st\u200bup\u00adid", "stupid"),
        ("s t u p i d", "stupid"),
        ("s.t.u.p.i.d", "stupid"),
        ("stup1d", "stupid"),
        ("$tupid", "stupid"),
        ("stuuuuupid", "stuupid"),
        ("stupíd", "stupid"),
        ("ѕtupid", "stupid"),  # noqa: RUF001 - Cyrillic
        ("@ann see https://example.org/x now", "see now"),
        ("at 9.30 for 15 euro", "at 9.30 for 15 euro"),
        ("\ud83d\ude00 \u2764", "\u2764"),
    ],
)
def test_what_hides_a_word_is_undone(given: str, read: str) -> None:
    assert plain(given).replace("?", "").strip() == read


def test_misspelt_words_are_read_as_the_known_ones() -> None:
    reader = Reader(KNOWN)
    assert reader.read("peolpe are stupd") == ["people", "are", "stupid"]
    assert reader.read("peo ple are stupid") == ["people", "are", "stupid"]
    assert reader.read("peoplearestupid") == ["people", "are", "stupid"]
    assert reader.read("Größe 42, شكرا") == ["grosse", "42", "شكرا"]  # no word of ours is near


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_changes_the_text_and_is_read_through(attack: str) -> None:
    text = "these people are stupid"
    changed = misspelt(text, attack, 0)
    assert changed != text
    assert set(Reader(KNOWN).read(changed)) == set(text.split())
