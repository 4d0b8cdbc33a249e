"""narrative narratives: which there are, whose they are, and what the names of targets match in what was said."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from narrative.commands.options import database
from narrative.errors import UsageError

if TYPE_CHECKING:
    from narrative.aliases import Hit, Matches
    from narrative.ledger.spoken import Spoken
    from narrative.targets import Narrative, Target, Targets


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show the narratives there are, and what the names of your own targets match.

    Yours are NAME.toml in the folder `narratives`, and your targets `targets.toml`, of NARRATIVE_HOME, else of
    ~/.config/narrative; they have the form of the built-in ones.

    \b
    Examples:
      narrative narratives list
      narrative narratives check uranium
    """  # noqa: D301
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("list")
@click.option("--targets", "with_targets", is_flag=True, help="All targets a narrative may be made of, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_command(with_targets: bool, as_json: bool) -> None:
    """List the narratives with their legs, and your own targets.

    \b
    Examples:
      narrative narratives list
      narrative narratives list --targets
    """  # noqa: D301
    from narrative.bundled import data
    from narrative.home import home
    from narrative.targets import load_narrative, load_targets, narratives

    targets, built_in = load_targets(), data("narratives")
    told = [(load_narrative(name), path) for name, path in sorted(narratives().items())]
    if as_json:
        shown = {
            "folder": str(home()),
            "narratives": [_document(story, path, own=path.parent != built_in) for story, path in told],
            "targets": [
                {"id": one.id, "name": one.name, "own": one in targets.own}
                for one in (targets if with_targets else targets.own)
            ],
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for story, path in told:
        place = "built in" if path.parent == built_in else str(path)
        if path.parent != built_in and (built_in / path.name).exists():
            place += " (in the place of the built-in one)"
        click.echo(f"{story.name}: {story.title}\n  {_legs(story, targets)}\n  {place}")
    own = [f"  {one.id}: {one.name}" for one in targets.own]
    click.echo("\n".join(["", "your targets", *own] if own else ["", f"your folder: {home()}"]))
    if with_targets:
        click.echo("\n".join(["", "built-in targets", *_columns(targets)]))


def _document(story: Narrative, path: Path, *, own: bool) -> dict[str, Any]:
    return {
        "name": story.name,
        "title": story.title,
        "hypothesis": story.hypothesis,
        "legs": dict(story.legs),
        "spreads": [list(pair) for pair in story.spreads],
        "own": own,
        "path": str(path),
    }


def _legs(story: Narrative, targets: Targets) -> str:
    return ", ".join(f"{'+' if sign > 0 else '−'} {targets[leg].name}" for leg, sign in story.legs.items())


def _columns(targets: Targets) -> Iterator[str]:
    widest = max(len(one.id) for one in targets)
    for one in targets:
        if one not in targets.own:
            yield f"  {one.id:<{widest}}  {one.name}"


@command.command("check")
@click.argument("names", nargs=-1, metavar="[NARRATIVE|TARGET]...")
@click.option("--limit", type=click.IntRange(min=1), default=5, show_default=True, help="Examples of a kind.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a target.")
@database
def check_command(names: tuple[str, ...], limit: int, as_json: bool, db: Path) -> None:
    """Show what the names of targets match in the statements that are kept, and what they nearly match.

    By default all narratives are read, so that a mistake in one is told with its line, and your own targets are looked for.
    Nothing is judged: a target that is new gets its views from rejudge --targets.

    \b
    Examples:
      narrative narratives check
      narrative narratives check rotation
      narrative narratives check uranium --limit 20
    """  # noqa: D301
    from narrative import api
    from narrative.aliases import check
    from narrative.commands.progress import bar
    from narrative.targets import load_narrative, load_targets, narratives
    from narrative.tell.layout import count

    targets = load_targets().whole()
    stories = [load_narrative(name) for name in sorted(narratives(faulty=True))]
    wanted = _wanted(names, stories, targets)
    if not as_json:
        told = f"{count(len(stories), 'narrative')} and {count(len(targets.own), 'target')} of your own"
        click.echo(f"{told} are well formed")
    if not wanted:
        return
    with api.open(db, readonly=True) as ledger, bar() as progress:
        total = ledger.spoken_count()

        def walked() -> Iterator[Spoken]:
            for done, one in enumerate(ledger.spoken(), 1):
                yield one
                if done % 100 == 0 or done == total:
                    progress("statements", done, total)

        found = check(walked(), targets, wanted)
    for matches in found:
        click.echo(_json(matches) if as_json else "\n".join(_lines(matches, total, limit)))


def _wanted(names: Sequence[str], stories: Sequence[Narrative], targets: Targets) -> list[str]:
    """Return the targets to look for; a word is a narrative, which means its legs, or a target."""
    if not names:
        return [one.id for one in targets.own]
    legs = {story.name: [leg for leg in story.legs if leg in targets.rows] for story in stories}
    found: list[str] = []
    for name in names:
        if name not in legs and name not in targets.rows:
            raise UsageError(
                f"{name!r} is no narrative and no target; narrative narratives list --targets names them"
            )
        found += legs.get(name) or [name]
    return list(dict.fromkeys(found))


def _lines(matches: Matches, total: int, limit: int) -> list[str]:
    from narrative.tell.layout import count

    target = matches.target
    lines = [
        "",
        f"{target.id}: {target.name}",
        f"  named in {matches.statements} of {count(total, 'statement')}",
    ]
    if matches.statements:
        lines.append(f"  a view on it in {matches.judged} of these")
        if not matches.judged:
            lines.append("  no view yet: narrative rejudge --targets judges what is kept, without a fetch")
    for name, other in matches.shared.items():
        lines += _wrapped(f"{name!r} is also a name of {other}, which has it")
    lines += _counted("matched", matches.by_words, limit)
    lines += _drawn(matches.examples, limit)
    lines += _counted("nearly", matches.near, limit)
    lines += _drawn(matches.near_examples, limit)
    lines += _silent(target, matches)
    return lines


def _counted(kind: str, words: Counter[str], limit: int) -> list[str]:
    """Return the commonest wordings with their numbers."""
    most = sorted(words.items(), key=lambda item: (-item[1], item[0]))[: 4 * limit]
    return _wrapped(f"{kind}: {', '.join(f'{word} {number}' for word, number in most)}") if most else []


def _wrapped(text: str) -> list[str]:
    from narrative.tell.layout import Page

    return Page(_width()).wrap(text, 2, 2)


def _drawn(hits: Sequence[Hit], limit: int) -> list[str]:
    """Return the first match of each wording, so that examples are not all of one kind."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.words.lower(), hit)
    return [f"    {_around(hit)}" for hit in list(first.values())[:limit]]


def _around(hit: Hit) -> str:
    """Return a match in what surrounds it, on one line."""
    words, outlet = hit.spoken.words, hit.spoken.outlet or "no outlet"
    side = max((_width() - len(hit.words) - len(outlet) - 12) // 2, 10)
    at = max(words.find(hit.words), 0)
    start, end = max(at - side, 0), at + len(hit.words)
    before, after = "…" if start else "", "…" if end + side < len(words) else ""
    cut = f"{before}{words[start:at]}[{hit.words}]{words[end : end + side]}{after}"
    return _plain(f"{cut} — {outlet}")


def _silent(target: Target, matches: Matches) -> list[str]:
    names = [*target.aliases, *target.members, *target.styles, *target.bare]
    if matches.statements or not names:
        return []
    return _wrapped(f"no statement has any of its names: {', '.join(names)}")


def _json(matches: Matches) -> str:
    shown = {
        "target": matches.target.id,
        "statements": matches.statements,
        "judged": matches.judged,
        "matched": dict(matches.by_words.most_common()),
        "near": dict(matches.near.most_common()),
        "shared": matches.shared,
    }
    return json.dumps(shown, ensure_ascii=False)


def _plain(text: str) -> str:
    from narrative.tell.escaping import plain

    return plain(text)


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 120)
