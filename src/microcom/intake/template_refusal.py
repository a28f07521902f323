"""What is said of a template that cannot be rendered."""

from __future__ import annotations

from microcom.errors import UserError


class BadTemplate(UserError):
    """A template cannot be rendered; ``line`` is the line in it, from 1, where that is known.

    Codes: ``template.syntax``, ``template.unknown`` (a name, filter or test that is not there, or
    has no value), ``template.refused`` (what this language leaves out), ``template.size``.
    """

    def __init__(
        self, message: str, *, code: str, hint: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.line = line


class Refused(Exception):
    """A template does what it may not: ``code``, a sentence and what to do."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
