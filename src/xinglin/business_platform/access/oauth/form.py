"""Parameters of OAuth requests: each said once (OAuth 2.1 §3.1, §3.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_MOST_PARAMETERS = 40


class Repeated(ValueError):
    """A parameter that was said twice, or a text that is no form."""


def once(text: str) -> dict[str, str]:
    """The parameters of a query or a form. Raises ``Repeated``."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict")
    except ValueError as error:
        raise Repeated("not a form") from error
    found = dict(pairs)
    if any("\x00" in each for pair in pairs for each in pair):
        raise Repeated("not a text")
    if len(found) != len(pairs):
        raise Repeated("a parameter is repeated")
    return {name: value for name, value in found.items() if value}


def added(uri: str, parameters: dict[str, str]) -> str:
    """``uri`` with more parameters in its query."""
    parts = urlsplit(uri)
    query = "&".join(each for each in (parts.query, urlencode(parameters)) if each)
    return urlunsplit(parts._replace(query=query))
