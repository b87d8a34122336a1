"""The matrix of profiles as a table for people, for a comment or a page, and as JSON."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.cli.paint import one_line
from krmfn.matrix import reached
from krmfn.results import Severity
from krmfn.topology.model.postures import CARVE_OUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from krmfn.declarations import Options
    from krmfn.matrix import ObjectBeside, Pair
    from krmfn.topology.model.postures import Posture

    Matrices = Sequence[tuple[Options, tuple[Pair, ...]]]

COLUMNS = (
    "isolationProfile",
    "componentProfile",
    "addons",
    "other values",
    "nodes reach",
    "Pod Security",
    "kubeconfig",
    "also written",
)
NOTHING = "-"
TOLD = {Severity.ERROR, Severity.WARNING}


def as_text(matrices: Matrices) -> Iterator[str]:
    """A table for each configuration, then what krmfn says of some of the pairs."""
    for options, pairs in matrices:
        if len(matrices) > 1:
            yield one_line(_title(options))
        rows = [COLUMNS, *(_row(each, str) for each in pairs)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
        for row in rows:
            yield one_line("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
        yield from map(one_line, _findings(pairs))


def as_markdown(matrices: Matrices) -> Iterator[str]:
    """The same tables for a page; what users wrote is escaped."""
    for options, pairs in matrices:
        if len(matrices) > 1:
            yield f"{_escaped(_title(options))}\n"
        yield f"| {' | '.join(COLUMNS)} |"
        yield f"|{'---|' * len(COLUMNS)}"
        for each in pairs:
            yield f"| {' | '.join(map(_escaped, _row(each, _code)))} |"


def as_json(matrices: Matrices) -> str:
    document = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Matrix",
        "runs": [
            {
                "configuration": {"kind": options.origin.resource.kind, "name": options.origin.resource.name},
                "pairs": [_pair(each) for each in pairs],
            }
            for options, pairs in matrices
        ],
    }
    return dumps(document, indent=2) + "\n"


def _row(pair: Pair, code: Callable[[str], str]) -> tuple[str, ...]:
    names = code(pair.isolation), code(pair.component) if pair.component else NOTHING
    if pair.posture is None:
        codes = dict.fromkeys(each.code for each in pair.results if each.severity is Severity.ERROR)
        return (*names, f"refused: {', '.join(map(code, codes))}", *[""] * (len(COLUMNS) - len(names) - 1))
    beside = dict.fromkeys(_beside(each, pair.posture) for each in pair.written)
    return (
        *names,
        ", ".join(map(code, enabled(pair))) or NOTHING,
        ", ".join(map(code, dict.fromkeys(_short(each) for each in pair.values if not each.startswith("addons."))))
        or NOTHING,
        reached(pair.posture),
        pair.posture.pod_security or NOTHING,
        "withheld" if pair.posture.withheld else "available",
        ", ".join(beside) or NOTHING,
    )


def _short(path: str) -> str:
    """The first two steps of a path."""
    return ".".join(path.split(".")[:2])


def _beside(written: ObjectBeside, posture: Posture) -> str:
    if not written.is_boundary:
        return written.kind
    amounts = [name for name, said in (("quota", posture.quota), ("limits", posture.limits)) if said]
    return f"boundary with {' and '.join(amounts)}" if amounts else "boundary"


def enabled(pair: Pair) -> list[str]:
    """The addons that the values of a pair enable, as the chart names them."""
    return [
        path.removeprefix("addons.").removesuffix(".enabled")
        for path, value in pair.values.items()
        if value is True and path.startswith("addons.") and path.endswith(".enabled")
    ]


def _findings(pairs: Sequence[Pair]) -> Iterator[str]:
    """Each warning and error once, with the pairs that it is about, or the profile if it is about all of its pairs."""
    about: dict[str, list[Pair]] = {}
    for pair in pairs:
        told = (each for each in pair.results if each.severity in TOLD)
        for each in dict.fromkeys(f"{each.severity.value}: {each.message} [{each.code}]" for each in told):
            about.setdefault(each, []).append(pair)
    for each, those in about.items():
        whole = {pair.isolation for pair in those if _of(pairs, pair.isolation) <= {*map(_names, those)}}
        names = dict.fromkeys(pair.isolation if pair.isolation in whole else _names(pair) for pair in those)
        yield f"{', '.join(names)}: {each}"


def _of(pairs: Sequence[Pair], isolation: str) -> set[str]:
    return {_names(each) for each in pairs if each.isolation == isolation}


def _names(pair: Pair) -> str:
    return f"{pair.isolation} x {pair.component or NOTHING}"


def _pair(pair: Pair) -> dict[str, Any]:
    posture = pair.posture
    return {
        "isolationProfile": pair.isolation,
        **({"componentProfile": pair.component} if pair.component else {}),
        "refused": pair.is_refused,
        "values": dict(pair.values),
        "addons": list(pair.addons),
        **({"posture": _posture(posture)} if posture else {}),
        "objects": [_written(each) for each in pair.written],
        "results": [each.as_dict() for each in pair.results],
    }


def _posture(posture: Posture) -> dict[str, Any]:
    return {
        "egress": {
            "scope": "declared" if posture.scoped else "open",
            **{each.field: each.is_open(posture) for each in CARVE_OUTS},
        },
        "podSecurity": posture.pod_security,
        "kubeconfig": "withheld" if posture.withheld else "available",
        "quota": dict(posture.quota),
        "limits": [dict(each) for each in posture.limits],
        "pins": posture.pins,
    }


def _written(written: ObjectBeside) -> dict[str, Any]:
    return {"kind": written.kind, "name": written.name, "boundary": written.is_boundary}


def _title(options: Options) -> str:
    about, file = options.origin.resource, options.origin.file
    return f"{about.kind} {about.name}" + (f" ({file})" if file else "")


def _code(text: str) -> str:
    return f"`{text}`"


def _escaped(cell: str) -> str:
    return one_line(cell).replace("|", "\\|").replace("<", "&lt;")
