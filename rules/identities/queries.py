"""The SQL of each kind of identity, over the views ``"<area>/<group>"`` of a run's key rows.

Every query gives one row a finding: the lineage of the row it is about, ``item``, ``before`` (the values, joined by
" / "), ``other`` (subjects beside the row's own) and ``how`` (a short code added to the identity's id).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layouts.identities import (
    AnyIdentity,
    BoundIdentity,
    Check,
    Depends,
    GroupItems,
    Periods,
    Reference,
    Register,
    Shares,
    Sum,
    Unique,
)

EXPLAINED = "explained:"
"""``how`` of a difference that one of the reasons of a sum accounts for begins so; the reason's code follows."""

LINEAGE = ("area", "group_id", "source", "file", "record_no", "byte_offset", "subject")

MACROS = (
    "CREATE OR REPLACE TEMP MACRO num(t) AS TRY_CAST(NULLIF(CAST(t AS VARCHAR), '') AS DECIMAL(24, 6))",
    "CREATE OR REPLACE TEMP MACRO day_of(t) AS TRY_CAST(NULLIF(t, '') AS DATE)",
    # 年齢計算ニ関スル法律: a year of age is complete at the end of the day before the birthday.
    """CREATE OR REPLACE TEMP MACRO age(born, asked) AS
       CAST(substr(CAST(day_of(asked) + 1 AS VARCHAR), 1, 4) AS INTEGER) - TRY_CAST(substr(born, 1, 4) AS INTEGER)
       - CASE WHEN substr(CAST(day_of(asked) + 1 AS VARCHAR), 6, 5) < substr(born, 6, 5) THEN 1 ELSE 0 END""",
    """CREATE OR REPLACE TEMP MACRO age_on_birthday(born, asked) AS
       TRY_CAST(substr(asked, 1, 4) AS INTEGER) - TRY_CAST(substr(born, 1, 4) AS INTEGER)
       - CASE WHEN substr(asked, 6, 5) < substr(born, 6, 5) THEN 1 ELSE 0 END""",
    "CREATE OR REPLACE TEMP MACRO fiscal_start(year) AS CAST(TRY_CAST(year AS INTEGER) AS VARCHAR) || '-04-01'",
    """CREATE OR REPLACE TEMP MACRO fiscal_year(t) AS
       CAST(TRY_CAST(substr(t, 1, 4) AS INTEGER) - CASE WHEN substr(t, 6, 5) < '04-01' THEN 1 ELSE 0 END AS VARCHAR)""",
    "CREATE OR REPLACE TEMP MACRO year_eve(t) AS fiscal_year(t) || '-03-31'",
    "CREATE OR REPLACE TEMP MACRO year_end(t) AS CAST(TRY_CAST(fiscal_year(t) AS INTEGER) + 1 AS VARCHAR) || '-03-31'",
    "CREATE OR REPLACE TEMP MACRO months(a, b) AS date_diff('month', day_of(a), day_of(b)) + 1",
    # The month in which an entitlement is lost no longer counts.
    """CREATE OR REPLACE TEMP MACRO months_held(gained, lost, year) AS CASE
       WHEN gained IS NULL THEN NULL
       WHEN COALESCE(NULLIF(lost, ''), '9999-12-31') > year_end(fiscal_start(year))
       THEN greatest(months(greatest(gained, fiscal_start(year)), year_end(fiscal_start(year))), 0)
       ELSE greatest(months(greatest(gained, fiscal_start(year)), lost) - 1, 0) END""",
)
"""Functions a condition may use: amounts, days, ages in full years (by the law, and from the birthday on), months
counted with both ends, months of a fiscal year between 資格取得 and 資格喪失, the fiscal year of a day (年度: from
1 April), the first day of a fiscal year, the day before the fiscal year of a day (31 March) and its last."""

UNIVERSES = {
    "addressees": "known_numbers",
    "people": "known_people",
    "households": "known_households",
    "living_households": "living_households",
}
"""What a reference may be to, and the table of its numbers."""

PART_OF = {"known_people": "known_numbers", "living_households": "known_households"}
"""A universe that is part of another: a number nobody knows is a question to the whole and none to the part."""


def day_macro(name: str, day: str) -> str:
    """A function without arguments that gives an ISO day: ``as_of()``, the day the run's data are judged at, or
    ``extracted()``, the day the area's files were extracted (抽出基準日 of its 受領票).
    """
    return f"CREATE OR REPLACE TEMP MACRO {name}() AS '{day}'"


def quoted(name: str) -> str:
    """A name as an SQL identifier.

    >>> quoted("1期税額")
    '"1期税額"'
    """
    return '"' + name.replace('"', '""') + '"'


def view_of(area: str, group: str) -> str:
    """The view of a group's key rows."""
    return quoted(f"{area}/{group}")


def finding_query(bound: BoundIdentity) -> str:
    """The query that finds where an identity does not hold."""
    identity = bound.identity
    match identity:
        case Reference():
            return _reference(bound, identity)
        case Register():
            return f"SELECT {_finding('r', identity.item, 'NULL')} FROM {view_of(bound.area, identity.group)} r LIMIT 0"
        case Sum():
            return _sum(bound, identity)
        case Check():
            return _check(bound, identity)
        case Shares():
            return _shares(bound, identity)
        case Periods():
            return _periods(bound, identity)
        case Depends():
            return _depends(bound, identity)
        case Unique():
            return _unique(bound, identity)


def count_query(bound: BoundIdentity) -> str:
    """The query that counts the rows an identity was held against."""
    return f"SELECT COUNT(*) FROM ({_rows(bound, bound.identity)})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _rows(bound: BoundIdentity, identity: AnyIdentity) -> str:
    where = f" WHERE ({identity.where})" if identity.where else ""
    return f"SELECT * FROM {view_of(bound.area, identity.group)}{where}"


def _joined(alias: str, items: Iterable[str]) -> str:
    return "concat_ws(' / ', " + ", ".join(f"COALESCE({alias}.{quoted(i)}, '')" for i in items) + ")"


def _finding(alias: str, item: str, before: str, how: str = "''", other: str = "NULL") -> str:
    lineage = ", ".join(f"{alias}.{column}" for column in LINEAGE)
    return f"{lineage}, {_text(item)} AS item, {before} AS before, {other} AS other, {how} AS how"


def _filled(alias: str, items: Sequence[str]) -> str:
    return " AND ".join(f"{alias}.{quoted(i)} IS NOT NULL" for i in items)


def _reference(bound: BoundIdentity, identity: Reference) -> str:
    own = identity.referring
    if isinstance(identity.to, GroupItems):
        other, target = identity.to.items, view_of(identity.to.area or bound.area, identity.to.group)
        target = f"(SELECT * FROM {target} WHERE ({identity.to.where}))" if identity.to.where else target
    else:
        other, target = ("number",), UNIVERSES[identity.to]
    on = " AND ".join(f"t.{quoted(o)} = r.{quoted(i)}" for i, o in zip(own, other, strict=True))
    known = f" AND EXISTS (SELECT 1 FROM {PART_OF[target]} t WHERE {on})" if target in PART_OF else ""
    return f"""
        SELECT {_finding("r", own[0], _joined("r", own))} FROM ({_rows(bound, identity)}) r
        WHERE {_filled("r", own)} AND NOT EXISTS (SELECT 1 FROM {target} t WHERE {on}){known}"""


def _first(columns: Iterable[str]) -> str:
    return ", ".join(f"arg_min({c}, (file, record_no)) AS {c}" for c in columns)


def _suspects(rows: str, by: Sequence[str], having: str) -> str:
    """The rows (CTE ``suspects``) of the groups for which ``having`` holds.

    Nearly every group is as it should be: a narrow pass tells which are not, and only their rows are looked at in full.
    """
    keys = ", ".join(quoted(b) for b in by)
    return f"""
        failing AS MATERIALIZED (
            SELECT {keys} FROM ({rows}) WHERE {_filled_plain(by)} GROUP BY {keys} HAVING {having}),
        suspects AS (SELECT * FROM ({rows}) SEMI JOIN failing USING ({keys}))"""


def _sum(bound: BoundIdentity, identity: Sum) -> str:
    equals = identity.equals
    parts = view_of(bound.area, identity.group), identity.where
    whole = view_of(equals.area or bound.area, equals.group), equals.where
    numbers = range(len(identity.by))

    def rows(view: str, where: str, only: str = "") -> str:
        return f"SELECT * FROM {view}{only}" + (f" WHERE ({where})" if where else "")

    def added(chosen: str, by: Sequence[str], amount: str, less: str, *more: str) -> str:
        keys = [f"{quoted(b)} AS k{n}" for n, b in enumerate(by)]
        value = quoted(amount)
        signed = f"CASE WHEN ({less}) THEN -abs(num({value})) ELSE num({value}) END" if less else f"num({value})"
        return f"""
            SELECT {", ".join((*keys, *more))}, SUM({signed}) AS amount,
                   COUNT(*) FILTER (NULLIF({value}, '') IS NOT NULL AND num({value}) IS NULL) AS unreadable
            FROM ({chosen}) GROUP BY {", ".join(quoted(b) for b in by)}"""

    def of_failing(view: str, where: str, by: Sequence[str]) -> str:
        same = " AND ".join(f"{view}.{quoted(b)} IS NOT DISTINCT FROM f.k{n}" for n, b in enumerate(by))
        return rows(view, where, f" SEMI JOIN failing f ON {same}")

    on = " AND ".join(f"p.k{n} = w.k{n}" for n in numbers)
    place, lineage = _first(LINEAGE), ", ".join(f"COALESCE(w.{c}, p.{c}) AS {c}" for c in LINEAGE)
    unreadable = "COALESCE(p.unreadable, 0) + COALESCE(w.unreadable, 0) > 0"
    differs = f"""w.k0 IS NULL OR (p.k0 IS NULL AND COALESCE(w.amount, 0) <> 0) OR {unreadable}
           OR (p.k0 IS NOT NULL AND COALESCE(p.amount, 0) <> COALESCE(w.amount, 0))"""
    keyed = {b: f"COALESCE(p.k{n}, w.k{n})" for n, b in enumerate(identity.by)}
    explained = [
        f"WHEN EXISTS (SELECT 1 FROM {view_of(e.area or bound.area, e.group)} e WHERE ({e.where}) AND "
        + " AND ".join(f"e.{quoted(i)} = {keyed[key]}" for key, i in e.on.items())
        + f") THEN {_text(EXPLAINED + e.code)} "
        for e in identity.explained
    ]
    shown = "CAST(CAST({0}.amount AS DECIMAL(24, 0)) AS VARCHAR)"
    # The amounts of all keys are compared first; where a key stands is asked only of those that differ.
    return f"""
        WITH parts AS ({added(rows(*parts), identity.by, identity.amount, identity.less)}),
             wholes AS ({added(rows(*whole), equals.by, equals.amount, "")}),
             failing AS MATERIALIZED (
                 SELECT {", ".join(f"COALESCE(p.k{n}, w.k{n}) AS k{n}" for n in numbers)}
                 FROM parts p FULL JOIN wholes w ON {on} WHERE {differs}),
             p AS ({added(of_failing(*parts, identity.by), identity.by, identity.amount, identity.less, place)}),
             w AS ({added(of_failing(*whole, equals.by), equals.by, equals.amount, "", place)})
        SELECT {lineage}, CASE WHEN w.k0 IS NULL THEN {_text(identity.amount)} ELSE {_text(equals.amount)} END AS item,
               concat_ws(' / ', COALESCE({shown.format("p")}, '-'), COALESCE({shown.format("w")}, '-')) AS before,
               NULL AS other,
               CASE WHEN {unreadable} THEN 'not_a_number' {"".join(explained)}
                    WHEN w.k0 IS NULL THEN 'no_whole' WHEN p.k0 IS NULL THEN 'no_parts' ELSE '' END AS how
        FROM p FULL JOIN w ON {on}
        WHERE {differs}"""


def _check(bound: BoundIdentity, identity: Check) -> str:
    joins = ""
    if identity.person:
        joins += f" LEFT JOIN person_now person ON person.number = own.{quoted(identity.person)}"
    for join in identity.joins:
        on = " AND ".join(f"{join.alias}.{quoted(o)} = own.{quoted(i)}" for i, o in join.on.items())
        where = f" WHERE ({join.where})" if join.where else ""
        joins += f" JOIN (SELECT * FROM {view_of(join.area or bound.area, join.group)}{where}) {join.alias} ON {on}"
    shown = [i for i in identity.items if i != identity.person] or list(identity.items)
    return f"""
        SELECT DISTINCT {_finding("own", shown[0], _joined("own", shown))}
        FROM ({_rows(bound, identity)}) own {joins}
        WHERE ({identity.holds}) IS FALSE"""


def _shares(bound: BoundIdentity, identity: Shares) -> str:
    keys = ", ".join(quoted(b) for b in identity.by)
    parts, whole = quoted(identity.numerator), quoted(identity.denominator)
    # Shares over one denominator are simply added; fractions are made common only where that is not enough.
    plain = f"""(COUNT(*) = COUNT(TRY_CAST({parts} AS BIGINT)) AND COUNT(*) = COUNT(TRY_CAST({whole} AS BIGINT))
                 AND MIN(TRY_CAST({whole} AS BIGINT)) = MAX(TRY_CAST({whole} AS BIGINT))
                 AND MIN(TRY_CAST({whole} AS BIGINT)) <> 0
                 AND SUM(TRY_CAST({parts} AS BIGINT)) = MIN(TRY_CAST({whole} AS BIGINT))) IS NOT TRUE"""
    return f"""
        WITH {_suspects(_rows(bound, identity), identity.by, plain)},
        counted AS (
            SELECT {_first(LINEAGE)}, string_agg({parts} || '/' || {whole}, ' + ' ORDER BY file, record_no) AS before,
                   list(TRY_CAST({parts} AS HUGEINT)) AS n, list(TRY_CAST({whole} AS HUGEINT)) AS d,
                   COUNT(*) = COUNT(TRY_CAST({parts} AS HUGEINT)) AND COUNT(*) = COUNT(TRY_CAST({whole} AS HUGEINT))
                       AND NOT list_contains(list(TRY_CAST({whole} AS HUGEINT)), 0) AS readable
            FROM suspects GROUP BY {keys}),
        common AS (
            SELECT *, TRY(list_reduce(d, lambda x, y: lcm(x, y))) AS l FROM counted)
        SELECT {_finding("c", identity.numerator, "before", "CASE WHEN readable THEN '' ELSE 'not_a_number' END")}
        FROM common c
        WHERE NOT readable OR l IS NULL
           OR TRY(list_sum(list_transform(list_zip(n, d), lambda z: z[1] * (l // z[2])))) IS DISTINCT FROM l"""


def _filled_plain(items: Sequence[str]) -> str:
    return " AND ".join(f"{quoted(i)} IS NOT NULL" for i in items)


def _periods(bound: BoundIdentity, identity: Periods) -> str:
    keys = ", ".join(quoted(b) for b in identity.by)
    asked = []
    if identity.overlap == "no":
        asked.append("first_day <= before_end")
    if identity.gap == "no":
        asked.append("first_day > before_end + 1")
    asked.append("first_day > last_day")
    before = _joined("r", (identity.start, identity.end))
    how = ("CASE WHEN first_day > last_day THEN 'reversed' WHEN first_day <= before_end THEN 'overlap' ELSE 'gap' END")
    return f"""
        WITH dated AS (
            SELECT *, day_of({quoted(identity.start)}) AS first_day,
                   CASE WHEN NULLIF({quoted(identity.end)}, '') IS NULL THEN DATE '9999-12-30'
                        ELSE LEAST(day_of({quoted(identity.end)}), DATE '9999-12-30') END AS last_day
            FROM ({_rows(bound, identity)}) WHERE {_filled_plain(identity.by)}),
        placed AS (
            SELECT *, MAX(last_day) OVER (PARTITION BY {keys} ORDER BY first_day, last_day, file, record_no
                                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_end
            FROM dated WHERE first_day IS NOT NULL AND last_day IS NOT NULL)
        SELECT {_finding("r", identity.start, before, how)} FROM placed r WHERE {" OR ".join(asked)}"""


def _depends(bound: BoundIdentity, identity: Depends) -> str:
    keys = ", ".join(quoted(b) for b in identity.source_items)
    target = "concat_ws('/', " + ", ".join(f"COALESCE({quoted(i)}, '')" for i in identity.to) + ")"
    several = f"MIN({target}) <> MAX({target})"
    return f"""
        WITH {_suspects(_rows(bound, identity), identity.source_items, several)},
        grouped AS (
            SELECT {_first(LINEAGE)}, string_agg(DISTINCT {target}, ' / ' ORDER BY {target}) AS before,
                   string_agg(DISTINCT subject, '|' ORDER BY subject) AS subjects
            FROM suspects GROUP BY {keys})
        SELECT {_finding("g", identity.to[0], "before", other="subjects")} FROM grouped g"""


def _unique(bound: BoundIdentity, identity: Unique) -> str:
    keys = ", ".join(quoted(b) for b in identity.items)
    return f"""
        WITH {_suspects(_rows(bound, identity), identity.items, "COUNT(*) > 1")},
        grouped AS (
            SELECT {_first((*LINEAGE, *(quoted(i) for i in identity.items)))},
                   string_agg(DISTINCT subject, '|' ORDER BY subject) AS subjects
            FROM suspects GROUP BY {keys})
        SELECT {_finding("g", identity.items[0], _joined("g", identity.items), other="subjects")} FROM grouped g"""
