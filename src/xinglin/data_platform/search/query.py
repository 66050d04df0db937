"""SQL text with its parameters, grown condition by condition.

Numbers and instants, which this program made itself, stand in the text, so that the planner sees how rare each is,
however often a search of that form has run (a plan for any value would read all rows for a rare one). What a caller
wrote never becomes part of the text.

Only this file, ``walk`` and ``tables`` know where tokens and ordered values lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from .hashing import contained_number
from .tables import TABLES
from .visibility import resource

_IN_TEXT: Mapping[str, Callable[[Any], str]] = {
    "int": lambda value: f"{int(value):d}",
    "bigint": lambda value: f"'{int(value):d}'::bigint",
    "bigint[]": lambda values: f"'{{{','.join(f'{int(value):d}' for value in values)}}}'::bigint[]",
    "float8": lambda value: f"'{float(value)!r}'::float8",
    "timestamptz": lambda moment: f"'{moment.isoformat()}'::timestamptz",
}
_EARTH_RADIUS_KM = 6371.0088
_MANY_TOKENS = 16  # beyond which each is looked up by itself
_TARGET = "('x' || encode(substring(sha256(convert_to({text}, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint"
"""What ``hashing.reference_number`` makes of a target, in PostgreSQL's words."""


class Query:
    """The conditions on one row of the table of resources, called ``row`` in the text.

    ``inner`` gives the conditions of another row in the same statement, which share its arguments. ``rare`` are lists
    of tokens of which none is known to be frequent, and of each of which the conditions ask for one, ``frequent`` such
    lists of which one is known to be very frequent; ``of_row`` is the condition that the type makes. ``type`` is the
    one that conditions are read for, ``only_type`` the one that every row has, None where they may have several.
    """

    def __init__(self) -> None:
        self.arguments: list[Any] = []
        self.conditions: list[str] = []
        self.row = "r"
        self.type = self.of_row = ""
        self.only_type: str | None = None
        self.rare: list[list[int]] = []
        self.frequent: list[list[int]] = []
        self._tokens: set[int] = set()
        self._reads_tokens = False
        self._inside: tuple[int, ...] = ()
        self._rows = count(1)

    @property
    def of_contained(self) -> bool:
        """Whether the conditions are on a resource that the row contains."""
        return bool(self._inside)

    def inner(self) -> Query:
        """Conditions on a row of its own, for a sub-query of this one."""
        query = Query()
        query.arguments, query._rows = self.arguments, self._rows
        query.row = f"r{next(self._rows)}"
        return query

    def bind(self, value: Any, type_: str) -> str:
        """How the text names ``value`` of a PostgreSQL type: as it is where it cannot be anything but a number or an
        instant, else by a placeholder."""
        if type_ in _IN_TEXT:
            return _IN_TEXT[type_](value)
        self.arguments.append(value)
        return f"${len(self.arguments)}::{type_}"

    def fill(self, template: str, type_: str, **values: Any) -> str:
        """``template`` with each ``{name}`` in it replaced by a placeholder for that value, ``{row}`` by the row."""
        return template.format_map(_Placeholders(self, type_, values))

    def of_type(self, type_: str) -> None:
        """The row must be a current resource of ``type_``."""
        self.type = self.only_type = type_
        self.of_row = f"{self.row}.type = {self.bind(type_, 'text')} AND {self.row}.content IS NOT NULL"
        self.where(self.of_row)

    def of_types(self, types: Sequence[str]) -> None:
        """The row must be a current resource of one of ``types``, or of any where none is named."""
        self.where(f"{self.row}.content IS NOT NULL")
        if types:
            self.where(f"{self.row}.type = ANY({self.bind(list(types), 'text[]')})")

    def if_type(self, type_: str, condition: str) -> str:
        """The condition that the row is a ``type_`` and meets ``condition``."""
        return f"{self.row}.type = {self.bind(type_, 'text')} AND ({condition})"

    def is_one_of(self, ids: Sequence[str]) -> str:
        """The condition that the row has one of these ids."""
        return f"{self.row}.id = ANY({self.bind(list(ids), 'text[]')})"

    def require(self, token: int) -> None:
        """The row must have this token; all such are asked of the index at once."""
        if self._inside:
            self.where(self.has_any([token]))
        else:
            self._tokens.add(token)

    def has_any(self, tokens: Iterable[int]) -> str:
        """The condition that the row has one of ``tokens``."""
        numbers = sorted(set(self._scoped(list(tokens))))
        bound = self.bind(numbers, "bigint[]")
        if len(numbers) > _MANY_TOKENS:
            return self.gathered([_holders(f"SELECT unnest({bound}) AS token")])
        self._reads_tokens = True
        return f"{self.row}t.tokens && {bound}"

    def has_all(self, tokens: Iterable[int]) -> str:
        """The condition that the row has every one of ``tokens``; not for contained resources."""
        self._reads_tokens = True
        return f"{self.row}t.tokens @> {self.bind(sorted(tokens), 'bigint[]')}"

    def has_value(self, kind: str, paths: Sequence[int], condition: str) -> str:
        """The condition that an ordered value ``s`` of the row under ``paths`` meets ``condition``, asked row by row:
        right where few rows are left to ask."""
        own = f"SELECT FROM {TABLES[kind].name} s WHERE s.key = {self.row}.key"
        return f"EXISTS ({own} AND {self._under(self._scoped(paths))} AND ({condition}) OFFSET 0)"

    def has(self, present: Sequence[int]) -> str:
        """The condition that a path of those numbered ``present`` has a value. No index answers it: what it leaves
        is found row by row."""
        self._reads_tokens = True
        return f"{self.row}t.present && {self.bind(sorted(present), 'bigint[]')}"

    def keys_within(self, kind: str, paths: Sequence[int], condition: str) -> str:
        """The keys of rows of which an ordered value ``s`` of ``kind`` under ``paths`` meets ``condition``."""
        return f"SELECT s.key FROM {TABLES[kind].name} s WHERE {self._under(self._scoped(paths))} AND ({condition})"

    def among(self, keys: Sequence[str]) -> str:
        """The condition that one of the selects ``keys`` has the row's key."""
        return f"{self.row}.key IN ({' UNION ALL '.join(keys)})" if keys else "false"

    def gathered(self, keys: Sequence[str]) -> str:
        """As ``among``, of selects that are carried out once, before any row is asked: what chains need, since a
        planner that expects few rows would follow the whole chain for each of them anew."""
        return f"{self.row}.key = ANY(ARRAY({' UNION ALL '.join(keys)}))" if keys else "false"

    def keys(self) -> str:
        """The keys of all rows that meet the conditions, as a part of another query."""
        return self.select(f"{self.row}.key")

    def contained(self, paths: Sequence[int]) -> Query:
        """Conditions on another row, read as conditions on a resource that it contains and refers to under one of
        ``paths``."""
        query = self.inner()
        query._inside = tuple(paths)
        return query

    def extreme(self, kind: str, paths: Sequence[int], greatest: bool) -> tuple[str, str]:
        """The least or greatest of the row's ordered values under ``paths``, and its type in PostgreSQL.

        OFFSET keeps the planner from seeking it along all values in order, for each row anew.
        """
        table, (column, type_) = TABLES[kind].name, TABLES[kind].sorted_by
        own = f"SELECT s.{column} FROM {table} s WHERE s.key = {self.row}.key AND {self._under(paths)} OFFSET 0"
        return f"(SELECT {_best(greatest)}(s.{column}) FROM ({own}) AS s)", type_

    def keys_referring(self, paths: Sequence[int], target: Query, bases: Sequence[str]) -> str:
        """The keys of rows that refer, under one of ``paths``, to a row that meets ``target``.

        A reference may be written relative or with one of ``bases`` before it. Only rows that hold tokens of
        such references are met, so the cost grows with the targets, not with what may refer.
        """
        numbers = self._reference_tokens(target.row, paths, bases)
        conditions = target.text()
        wanted = f"SELECT unnest({numbers}) AS token FROM {target.rows()} WHERE {conditions}"
        return _holders(wanted)

    def is_referred_to(self, paths: Sequence[int], source: Query, bases: Sequence[str]) -> str:
        """The condition that a row that meets ``source`` refers to this one, asked row by row: right where few
        rows are left to ask for."""
        source._reads_tokens = True
        numbers = source._reference_tokens(self.row, paths, bases)
        conditions = source.text()
        return f"EXISTS (SELECT FROM {source.rows()} WHERE {source.row}t.tokens && {numbers} AND {conditions})"

    def is_named_by(self, json_paths: Sequence[str], source: Query, pattern: str) -> str:
        """The same, asked once for all rows: reads the ids out of all that meet ``source``, where ``pattern``
        cuts the id out of a reference; right where nothing else narrows the search."""
        return f"{self.row}.id IN ({self._named(json_paths, source, pattern)})"

    def is_listed_in(self, json_paths: Sequence[str], source: Query, pattern: str) -> str:
        """The condition that a row that meets ``source`` names this one at ``json_paths``, where ``pattern`` cuts
        ``Type/id`` out of a reference."""
        return f"{self.row}.type || '/' || {self.row}.id IN ({self._named(json_paths, source, pattern)})"

    def line(
        self,
        start: tuple[str, str],
        parents: Sequence[int],
        upwards: Sequence[str],
        pattern: str,
        bases: Sequence[str],
    ) -> str:
        """A table ``line`` of ``start`` and all below it, where ``parents`` are the paths that name a parent; or
        all above it, where ``upwards`` are the jsonpaths of those. Circles end by themselves."""
        type_, id_ = (self.bind(word, "text") for word in start)
        if upwards:
            parent = f"substring(v.value #>> '{{}}' FROM {self.bind(pattern, 'text')})"
            step = (
                f'SELECT {type_} COLLATE "C", {parent} COLLATE "C" FROM line'
                f" JOIN {resource('one')} ON one.type = {type_} AND one.id = line.id"
                f" {self._values(upwards, 'one')} WHERE one.content IS NOT NULL AND {parent} IS NOT NULL"
            )
        else:
            tokens = self._reference_tokens("line", parents, bases)
            step = (
                f"SELECT one.type, one.id FROM line JOIN resource_token t ON t.tokens && {tokens}"
                f" JOIN {resource('one')} ON one.key = t.key WHERE one.type = {type_} AND one.content IS NOT NULL"
            )
        first = f'SELECT {type_} COLLATE "C", {id_} COLLATE "C"'
        return f"(WITH RECURSIVE line(type, id) AS ({first} UNION {step}) SELECT * FROM line) AS line"

    def keys_referring_to_line(self, paths: Sequence[int], line: str, bases: Sequence[str]) -> str:
        """The keys of rows that refer, under one of ``paths``, to a resource of ``line``."""
        numbers = self._reference_tokens("line", paths, bases)
        return _holders(f"SELECT unnest({numbers}) AS token FROM {line}")

    def some_value(self, json_paths: Sequence[str], condition: str) -> str:
        """The condition that a value of the content at one of ``json_paths`` meets ``condition``, where it is
        called ``v.text``. Reads the content of each row that is left to ask."""
        values = f"SELECT v.value #>> '{{}}' AS text FROM (SELECT) AS one {self._values(json_paths)}"
        return f"EXISTS (SELECT FROM ({values}) AS v WHERE {condition})"

    def some_element(self, json_paths: Sequence[str], conditions: Sequence[str]) -> str:
        """The condition that one element of the content at ``json_paths``, called ``v.value``, meets all."""
        return f"EXISTS (SELECT FROM (SELECT) AS one {self._values(json_paths)} WHERE {' AND '.join(conditions)})"

    def amount_within(self, name: str, condition: str) -> str:
        """The condition that the number ``name`` of an element ``v.value``, as an amount ``s``, meets one."""
        number = f"(v.value ->> {self.bind(name, 'text')})::float8"
        return f"EXISTS (SELECT FROM (SELECT {number} AS low, {number} AS high) AS s WHERE {condition})"

    def some_words(self, condition: str, narrative: bool) -> str:
        """The condition that the words of the narrative, or of all the content, called ``n.text``, meet one."""
        if narrative:
            words = f"{self.row}.content -> 'text' ->> 'div'"
        else:
            strings = f"jsonb_path_query({self.row}.content::jsonb, 'strict $.** ? (@.type() == \"string\")')"
            words = f"(SELECT string_agg(w #>> '{{}}', ' ') FROM {strings} AS w)"
        without_tags = f"regexp_replace(coalesce({words}, ''), '<[^>]*>', ' ', 'g')"
        return f"EXISTS (SELECT FROM (SELECT {without_tags} AS text) AS n WHERE {condition})"

    def within_distance(self, latitude: float, longitude: float, kilometres: float) -> str:
        """The condition that a Location lies so near, on a sphere of the Earth's mean radius."""
        lat, lon, most = (self.bind(one, "float8") for one in (latitude, longitude, kilometres))
        place = (
            f"SELECT ({self.row}.content -> 'position' ->> 'latitude')::float8 AS lat,"
            f" ({self.row}.content -> 'position' ->> 'longitude')::float8 AS lon"
        )
        half = (
            f"power(sin(radians(at.lat - {lat}) / 2), 2)"
            f" + cos(radians({lat})) * cos(radians(at.lat)) * power(sin(radians(at.lon - {lon}) / 2), 2)"
        )
        far = f"2 * {_EARTH_RADIUS_KM} * asin(least(1, sqrt({half})))"
        return f"EXISTS (SELECT FROM ({place}) AS at WHERE {far} <= {most})"

    def extreme_value(self, json_paths: Sequence[str], greatest: bool) -> tuple[str, str]:
        """The least or greatest value of the content at ``json_paths`` as text, and its type in PostgreSQL."""
        value = f"{_best(greatest)}(v.value #>> '{{}}') COLLATE \"C\""
        return f"(SELECT {value} FROM (SELECT) AS one {self._values(json_paths)})", "text"

    def where(self, condition: str) -> None:
        self.conditions.append(condition)

    def only_tokens(self) -> list[int] | None:
        """The required tokens where nothing else is asked; None otherwise."""
        return None if self.conditions else sorted(self._tokens)

    def text(self) -> str:
        """All conditions joined."""
        parts = list(self.conditions)
        if self._tokens:
            self._reads_tokens = True
            parts.insert(0, f"{self.row}t.tokens @> {self.bind(sorted(self._tokens), 'bigint[]')}")
            self._tokens = set()
            self.conditions = parts
        return " AND ".join(parts) or "true"

    def select(self, columns: str) -> str:
        """``columns`` of all rows that meet the conditions."""
        conditions = self.text()
        return f"SELECT {columns} FROM {self.rows()} WHERE {conditions}"

    def by_tokens(self, condition: str, columns: str, rest: str) -> str:
        """``columns`` of all rows that meet the conditions, found by those whose tokens meet ``condition``: these are
        put in the order of their keys first, and a row is read only once its turn has come. ``rest`` follows."""
        one, its = self.row, f"{self.row}t"
        row = f"SELECT {columns} FROM {resource(one, self.only_type)} WHERE {one}.key = {its}.key"
        row += f" AND {self.text()} OFFSET 0"
        tokens = f"SELECT {its}.* FROM resource_token {its} WHERE {condition} ORDER BY {its}.key OFFSET 0"
        return f"SELECT {one}.* FROM ({tokens}) AS {its} CROSS JOIN LATERAL ({row}) AS {one}{rest}"

    def by_type(self, columns: str, after: int, limit: int) -> str:
        """``columns`` of up to ``limit`` rows of the type that have one token of each list of ``frequent``, by key,
        ``after`` one. The order names the type, so that only its own index gives it: walking all keys would first
        meet all that was there before the first of the type."""
        having = " AND ".join(f"t.tokens && {self.bind(sorted(set(one)), 'bigint[]')}" for one in self.frequent)
        type_ = self.bind(self.type, "text")
        return (
            f"SELECT {columns} FROM {resource('r', self.only_type)} CROSS JOIN LATERAL"
            f" (SELECT FROM resource_token t WHERE t.key = r.key AND {having} OFFSET 0) AS t"
            f" WHERE (r.type, r.key) > ({type_}, {self.bind(after, 'bigint')}) AND r.type <= {type_}"
            f" AND r.content IS NOT NULL ORDER BY r.type, r.key LIMIT {limit:d}"
        )

    def keys_of_rare(self, limit: int) -> str:
        """Up to ``limit`` keys of rows that have one token of each list of ``rare``, in no order."""
        having = " AND ".join(f"t.tokens && {self.bind(sorted(set(one)), 'bigint[]')}" for one in self.rare)
        return f"SELECT t.key FROM resource_token t WHERE {having} LIMIT {limit:d}"

    def rows(self) -> str:
        """The tables that the conditions, once they are text, speak of."""
        tokens = f" JOIN resource_token {self.row}t ON {self.row}t.key = {self.row}.key" if self._reads_tokens else ""
        return f"{resource(self.row, self.only_type)}{tokens}"

    def _scoped(self, numbers: Sequence[int]) -> list[int]:
        if not self._inside:
            return list(numbers)
        return [contained_number(path, number) for path in self._inside for number in numbers]

    def _under(self, paths: Sequence[int]) -> str:
        if len(paths) == 1:
            return f"s.path = {self.bind(paths[0], 'bigint')}"
        return f"s.path = ANY({self.bind(list(paths), 'bigint[]')})"

    def _named(self, json_paths: Sequence[str], source: Query, pattern: str) -> str:
        name = f"substring(v.value #>> '{{}}' FROM {self.bind(pattern, 'text')})"
        values, conditions = source._values(json_paths), source.text()
        return f"SELECT {name} FROM {source.rows()} {values} WHERE {conditions}"

    def _values(self, json_paths: Sequence[str], row: str | None = None) -> str:
        paths = self.bind(list(json_paths), "text[]")
        return (
            f"CROSS JOIN LATERAL unnest({paths}) AS p(path)"
            f" CROSS JOIN LATERAL jsonb_path_query({row or self.row}.content::jsonb, p.path::jsonpath) AS v(value)"
        )

    def _reference_tokens(self, target: str, paths: Sequence[int], bases: Sequence[str]) -> str:
        names = [f"{self.bind(base, 'text')} || {target}.type || '/' || {target}.id" for base in ("", *bases)]
        numbers = [_TARGET.format(text=name) for name in names]
        bound = [self.bind(path, "bigint") for path in paths]
        return f"ARRAY[{', '.join(f'{path} # {number}' for path in bound for number in numbers)}]"


def _holders(wanted: str) -> str:
    """The keys of rows that have one of the tokens that ``wanted`` selects as ``token``.

    Each token is looked up by itself: GIN compares every row it meets with every token that it is given, so that
    many at once take time in their square. OFFSET keeps the planner to that, since it cannot know a token's
    frequency beforehand.
    """
    return (
        f"SELECT holder.key FROM ({wanted} OFFSET 0) AS wanted CROSS JOIN LATERAL"
        " (SELECT t.key FROM resource_token t WHERE t.tokens @> ARRAY[wanted.token] OFFSET 0) AS holder"
    )


def _best(greatest: bool) -> str:
    return "max" if greatest else "min"


class _Placeholders(dict[str, str]):
    """Binds a value when a template first asks for it, since PostgreSQL refuses one that is never used."""

    def __init__(self, query: Query, type_: str, values: dict[str, Any]) -> None:
        super().__init__(row=query.row)
        self._query = query
        self._type = type_
        self._values = values

    def __missing__(self, name: str) -> str:
        self[name] = self._query.bind(self._values[name], self._type)
        return self[name]


def either(conditions: Sequence[str]) -> str:
    """The condition that one of ``conditions`` holds; none does of no conditions."""
    return "(" + " OR ".join(f"({one})" for one in conditions) + ")" if conditions else "false"
