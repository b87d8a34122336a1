"""Field paths in the notation of the KRM specification: `spec.apps[0].name`."""

from __future__ import annotations


def join_path(outer: str, inner: str) -> str:
    """`spec` and `apps[0].name` are `spec.apps[0].name`."""
    if not outer or not inner:
        return outer or inner
    return outer + inner if inner.startswith("[") else f"{outer}.{inner}"


def path_of(*steps: str | int) -> str:
    """A field path in the notation of the KRM specification; a key with a dot or bracket is quoted."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step or any(c in step for c in '.[]" '):
            path += f'["{step}"]'
        else:
            path = join_path(path, step)
    return path


def steps_of(path: str) -> tuple[str | int, ...]:
    """The steps of a field path: the inverse of `path_of`."""
    steps: list[str | int] = []
    while path:
        if path.startswith('["'):
            key, _, path = path[2:].partition('"]')
            steps.append(key)
        elif path.startswith("["):
            index, _, path = path[1:].partition("]")
            steps.append(int(index) if index.isdecimal() else index)
        else:
            path = path.removeprefix(".")
            end = next((i for i, each in enumerate(path) if each in ".["), len(path))
            steps.append(path[:end])
            path = path[end:]
    return tuple(steps)
