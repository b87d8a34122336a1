"""YamlError: what is wrong with a text, where, and what to do about it."""

from typing import Any, NoReturn


class YamlError(Exception):
    """The text is not a Kubernetes manifest; line and column start at 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message, line, column)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


def place(text: str, index: int) -> tuple[int, int]:
    """Return line and column of the character at `index`, as an editor shows them."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def error_at(text: str, index: int, message: str) -> YamlError:
    """Return the error for the character at `index`."""
    return YamlError(message, *place(text, index))


def refuse_tag(event: Any, text: str) -> NoReturn:
    """Raise the error for an event with a tag: Kubernetes' YAML readers do not agree on tags."""
    known = event.tag.startswith("tag:yaml.org,2002:")
    # An unknown tag may be a string that was not meant as a tag: a password may begin with an exclamation mark.
    shown = "the tag " + event.tag.replace("tag:yaml.org,2002:", "!!", 1) if known else "a tag"
    message = f"{shown} is not allowed in a Kubernetes manifest; remove it, or quote the text that it is part of"
    raise error_at(text, event.start_mark.index, message)
