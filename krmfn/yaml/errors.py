"""YamlError: what is wrong with a text, where, and what to do about it."""


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
