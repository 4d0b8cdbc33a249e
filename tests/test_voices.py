"""Who is one voice and who is two."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import Quote, day, ledger, reading

from narrative.ledger.naming import PersonName, compatible, firm_key, person_name, same_house

NAMES = [
    ("Michael Wilson", ("michael",), "wilson", "plain"),
    ("M. Wilson", ("m",), "wilson", "initial"),
    ("Dr. Ann B. Lee, CFA", ("ann", "b"), "lee", "honorific, middle initial and suffix"),
    ("J.P. Moreau", ("j", "p"), "moreau", "dotted initials"),
    ("JP Moreau", ("j", "p"), "moreau", "initials without dots"),
    ("Ludwig van der Berg", ("ludwig",), "van-der-berg", "particles belong to the surname"),
    ("de Winter", (), "de-winter", "particle first, in lower case"),
    ("Di Zhang", ("di",), "zhang", "a given name that looks like a particle"),
    ("Al Stone", ("al",), "stone", "another one"),
    ("José Núñez", ("jose",), "nunez", "accents"),
    ("Jean-Claude Petit", ("jean", "claude"), "petit", "double given name"),
    ("Mary Smith-Jones", ("mary",), "smith-jones", "double surname"),
    ("Tom O’Hara", ("tom",), "ohara", "apostrophe"),
    ("ANN LEE", ("ann",), "lee", "capitals"),
    ("Wilson", (), "wilson", "surname alone"),
    ("Robert Hall III", ("robert",), "hall", "generation"),
    ("...", (), "...", "nothing to go by"),
]


@pytest.mark.parametrize(("name", "given_names", "surname", "why"), NAMES, ids=[row[3] for row in NAMES])
def test_names_are_taken_apart(name: str, given_names: tuple[str, ...], surname: str, why: str) -> None:
    assert person_name(name) == PersonName(given_names, surname)


FIRMS = [
    ("Harbor Lane", "harbor-lane", "plain"),
    ("Harbor Lane, Inc.", "harbor-lane", "legal form"),
    ("The Harbor Lane Group", "harbor-lane", "article and group"),
    ("Harbor Lane & Co.", "harbor-lane", "and company"),
    ("Société Générale SA", "societe-generale", "accents"),
    ("Harbor Lane (UK) Ltd", "harbor-lane", "parenthesis"),
    ("Company", "company", "nothing but a legal form"),
    (None, "", "no firm"),
]


@pytest.mark.parametrize(("firm", "key", "why"), FIRMS, ids=[row[2] for row in FIRMS])
def test_firm_keys(firm: str | None, key: str, why: str) -> None:
    assert firm_key(firm) == key


PAIRS = [
    ("Mike", "Michael", True, "nickname"),
    ("Bill", "William", True, "nickname with another letter"),
    ("Liz", "Beth", True, "two forms of one name"),
    ("M.", "Michael", True, "initial"),
    ("Michael J.", "Michael", True, "a middle name left out"),
    ("R. Scott", "Scott", True, "goes by the middle name"),
    ("", "Michael", True, "no given name says nothing against it"),
    ("Mary", "Michael", False, "same initial, two names"),
    ("Michael J.", "Michael T.", False, "middle initials differ"),
    ("N.", "Michael", False, "another initial"),
]


@pytest.mark.parametrize(("a", "b", "one", "why"), PAIRS, ids=[row[3] for row in PAIRS])
def test_given_names_of_one_person(a: str, b: str, one: bool, why: str) -> None:
    first, second = person_name(f"{a} X").given, person_name(f"{b} X").given
    assert compatible(first, second) is one
    assert compatible(second, first) is one


SEQUENCES = [
    ([("Michael Wilson", "Kestrel"), ("Mike Wilson", "Kestrel"), ("M. Wilson", "Kestrel")], [0, 0, 0], "one"),
    ([("Mike Wilson", "Kestrel"), ("Mike Wilson", "Harbor")], [0, 1], "two firms are two people"),
    ([("Mike Wilson", "Kestrel"), ("Mike Wilson", None)], [0, 0], "no firm: the only one there is"),
    (
        [("Mike Wilson", "Kestrel"), ("Mike Wilson", "Harbor"), ("Mike Wilson", None)],
        [0, 1, 2],
        "no firm and two to choose from: stands alone",
    ),
    (
        [("Mike Wilson", None), ("Mike Wilson", "Kestrel")],
        [0, 0],
        "first without a firm, soon after with one",
    ),
    (
        [("Mike Wilson", None), ("Mike Wilson", "Kestrel"), ("M. Wilson", "Kestrel")],
        [0, 0, 0],
        "a firm met late is a firm of this person from then on",
    ),
    (
        [("Mike Wilson", None), ("Mike Wilson", "Kestrel"), ("Mike Wilson", "Harbor")],
        [0, 0, 2],
        "one firm is met late, the next one is another person's",
    ),
    (
        [("Mike Wilson", None), ("Mike Wilson", "Kestrel"), ("Michael Wilson", None)],
        [0, 0, 0],
        "and without a firm again",
    ),
    (
        [("M. Wilson", None), ("Mike Wilson", "Kestrel")],
        [0, 1],
        "met by an initial only, a firm links nobody",
    ),
    ([("Mike Wilson", None), ("M. Wilson", "Kestrel")], [0, 1], "with the firm by an initial only: two"),
    ([("Wilson", None), ("Mike Wilson", "Kestrel")], [0, 1], "a bare surname is nobody's first sight"),
    (
        [("Wilson", None), ("Mike Wilson", None), ("Mike Wilson", "Kestrel")],
        [0, 1, 1],
        "a bare surname is no second candidate",
    ),
    (
        [
            ("Mike Wilson", "Harbor"),
            ("Mike Wilson", "Foxglove"),
            ("Mike Wilson", None),
            ("Mike Wilson", "Kestrel"),
        ],
        [0, 1, 2, 3],
        "without a firm and with namesakes at others: stays two",
    ),
    (
        [("Mary Wilson", None), ("Mike Wilson", "Kestrel")],
        [0, 1],
        "another given name is another person",
    ),
    ([("Mike Wilson", None), ("Michael Wilson", None)], [0, 0], "no firm twice"),
    (
        [("J. Smith", "Kestrel"), ("Jane Smith", "Kestrel"), ("John Smith", "Kestrel")],
        [0, 0, 2],
        "J. is Jane",
    ),
    (
        [("Jane Smith", "Kestrel"), ("John Smith", "Kestrel"), ("J. Smith", "Kestrel")],
        [0, 1, 2],
        "J. could be Jane or John",
    ),
    ([("José Núñez", "Kestrel"), ("Jose Nunez", "Kestrel")], [0, 0], "accents come and go"),
    ([("John Smith", "Kestrel"), ("John Smith Jr.", "Kestrel")], [0, 0], "a generation is no other name"),
    ([("Smith", None), (None, "Smith")], [0, 1], "a person and a house of one name"),
    (
        [(None, "Morgan Vale"), (None, "Morgan Vale Wealth Management")],
        [0, 1],
        "a division is a house of its own",
    ),
    ([("Mike Wilson", "Kestrel"), ("Wilson", "Kestrel")], [0, 0], "bare surname at the same firm"),
    ([("Mike Wilson", "Kestrel"), ("Wilson", None)], [0, 1], "bare surname and no firm is not enough"),
    (
        [("M. Wilson", "Kestrel"), ("Michael Wilson", "Kestrel"), ("Mary Wilson", "Kestrel")],
        [0, 0, 2],
        "what the initial stood for is remembered",
    ),
    (
        [("Mary Wilson", "Kestrel"), ("Michael Wilson", "Kestrel"), ("M. Wilson", "Kestrel")],
        [0, 1, 2],
        "an initial that fits two stands alone",
    ),
    ([(None, "Kestrel, Inc."), (None, "Kestrel")], [0, 0], "a house under two spellings"),
    ([("Mike Wilson", "Kestrel"), (None, "Kestrel")], [0, 1], "a person's view is not the house's"),
]


@pytest.mark.parametrize(("said", "groups", "why"), SEQUENCES, ids=[row[2] for row in SEQUENCES])
def test_voices_are_decided_in_order(tmp_path: Path, said, groups: list[int], why: str) -> None:
    book, clock = ledger(tmp_path)
    with book:
        for number, (speaker, firm) in enumerate(said):
            clock.advance_to(day(number))
            quote = Quote(f"This is remark number {number} about nothing else", speaker, firm)
            book.keep_reading(reading(quote, url=f"https://one.example/{number}", at=day(number)))
        keys = [entry.voice for entry in book.entries()]
    assert [keys.index(key) for key in keys] == groups


LATE = [
    (30.0, True, "on the last day"),
    (30.1, False, "too long ago"),
    (-29.0, True, "kept later, said before"),
]


@pytest.mark.parametrize(("days", "one", "why"), LATE, ids=[row[2] for row in LATE])
def test_a_late_firm_is_linked_within_thirty_days(tmp_path: Path, days: float, one: bool, why: str) -> None:
    book, _ = ledger(tmp_path, day(100))
    with book:
        first, later = Quote("A first remark of some length", "Mike Wilson", None), day(40 + days)
        book.keep_reading(reading(first, url="https://one.example/a", at=day(40)))
        second = Quote("Another remark that is rather different", "Michael Wilson", "Kestrel")
        book.keep_reading(reading(second, url="https://one.example/b", at=later))
        assert (len({entry.voice for entry in book.entries()}) == 1) is one
        view = next(entry.view for entry in book.entries() if entry.firm)
        how = "met without a firm within 30 days, and nobody else of that name is known"
        assert book.why(view).identity.known_again == (how if one else None)


def test_an_unnamed_source_has_no_voice_and_is_not_counted(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        book.keep_reading(reading(Quote("Small caps may struggle from here on", None, None)))
        (entry,) = book.entries()
    assert (entry.voice, entry.voice_kind, entry.voice_name) == (None, "unnamed", "analysts")
    assert not entry.counted


def test_a_voice_keeps_the_name_it_was_first_met_under(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book:
        book.keep_reading(reading(Quote("A first remark of some length", "Mike Wilson", "Kestrel")))
        clock.advance_to(day(1))
        later = Quote("Another remark that is rather different", "Michael Wilson", "Kestrel")
        book.keep_reading(reading(later, url="https://one.example/b", at=day(1)))
        entries = book.entries()
    assert [entry.voice_name for entry in entries] == ["Mike Wilson", "Mike Wilson"]
    assert [entry.speaker for entry in entries] == ["Mike Wilson", "Michael Wilson"]


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_name_has_a_key_that_ignores_spaces_and_case_of_accents(name: str) -> None:
    parsed = person_name(name)
    assert parsed.surname
    assert person_name(f"  {name}  ") == parsed
    assert compatible(parsed.given, parsed.given)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_firm_has_a_stable_key(firm: str) -> None:
    assert firm_key(firm) == firm_key(f" {firm} ")
    assert firm_key(firm_key(firm)) == firm_key(firm) or not firm_key(firm).isascii()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("larkmoor", "larkmoor-securities", True), ("larkmoor", "larkmoorland", False), ("", "larkmoor", False)],
)
def test_a_shortened_firm_is_the_same_house(one: str, other: str, same: bool) -> None:
    assert same_house(one, other) is same
