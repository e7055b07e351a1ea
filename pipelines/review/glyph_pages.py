"""外字 that no table explains: where they occur, what they look like, and what they are identified as."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse, RedirectResponse

from char_mapping.errors import DefinitionError
from char_mapping.imports.incoming import read_target
from pipelines.ledger import Proposal
from pipelines.reports.run_files import RunFiles
from pipelines.review.decision_forms import Refused, in_japanese
from pipelines.review.issue_filter import Filter
from pipelines.review.lists import workbook
from pipelines.review.visit import Asking, Posting, Visit

router = APIRouter()

RULE = "MOJ-002"
"""The rule under which identifications stand in the ledger."""

_PLACE = re.compile(r"[\w.-]+(/[\w.-]+)?\Z")
_CODE = re.compile(r"[0-9A-F]{2,8}\Z")
_PICTURES = (".svg", ".png")


def place_of(source: str, table: str) -> str:
    """How a decision names where a code stands: source, and 外字対応表 of the file where there is one."""
    named = [part for part in table.split() if part]
    return f"{source}/{Path(named[-1]).stem}" if named else source


def _code_tables(run: RunFiles) -> pl.DataFrame:
    """Codes that occur and what they read as (``code_tables/`` of the run); empty where the run has none."""
    paths = sorted((run.folder / "code_tables").glob("*.parquet"))
    frames = [pl.read_parquet(path).with_columns(area=pl.lit(path.stem)) for path in paths]
    return pl.concat(frames) if frames else pl.DataFrame(schema={
        **dict.fromkeys(("source", "table", "code_system", "page", "code", "text", "explained_by"), pl.String),
        "count": pl.Int64, "area": pl.String,
    })


def _codes(visit: Visit) -> list[dict[str, Any]]:
    """Codes without a character and those that decisions identified, with their decision of now."""
    store = visit.desk.store()
    table = _code_tables(store.run)
    if visit.account.role == "department":
        table = table.filter(pl.col("area").is_in(list(visit.account.areas)))
    asked = table.filter(pl.col("text").is_null() | pl.col("explained_by").str.contains("decision|判断"))
    decisions = visit.desk.ledger.decisions().filter(
        (pl.col("kind") == "identify_glyph") & pl.col("state").is_in(["proposed", "approved"])
    )
    live = {row["selector"]: row for row in decisions.iter_rows(named=True)}
    rows, folder = [], _identified(visit)
    for row in asked.sort("count", "code", descending=[True, False]).iter_rows(named=True):
        place = place_of(row["source"], row["table"] or "")
        decision = live.get(f'{{"code":"{row["code"]}","source":"{place}"}}')
        pictured = _picture(folder, place, row["code"]) is not None
        rows.append(row | {"place": place, "decision": decision, "picture": pictured})
    return rows


def _identified(visit: Visit) -> Path:
    """Where ``ikou chars identify`` wrote candidates and pictures for the generation that is shown."""
    generation = str(visit.desk.store().run.statistics.get("generation") or "")
    return visit.desk.data_dir / "work_lists" / f"glyphs-{generation}"


def _picture(folder: Path, place: str, code: str) -> Path | None:
    """The picture of a code: pictures/<source>/<table>/<code>.svg or .png."""
    if not _PLACE.match(place) or not _CODE.match(code) or ".." in place:
        return None
    base = folder / "pictures" / place / code
    return next((p for suffix in _PICTURES if (p := base.with_name(base.name + suffix)).is_file()), None)


def _candidates(folder: Path, place: str, code: str) -> list[dict[str, Any]]:
    """Ranked candidates of ``ikou chars identify`` (candidates.csv): text, name, suggested class, why, score."""
    path = folder / "candidates.csv"
    if not path.is_file():
        return []
    frame = pl.read_csv(path, infer_schema=False)
    mine = frame.filter((pl.col("place") == place) & (pl.col("code") == code)).head(12)
    return mine.select(
        text="candidate", name=pl.col("mj").fill_null(""), kind=pl.col("suggested_class").fill_null(""),
        why=pl.col("signals").fill_null(""), score=pl.col("score").cast(pl.Float64) * 100,
    ).to_dicts()


@router.get("/glyphs")
def glyphs(visit: Asking) -> Response:
    """The list of codes, the most frequent first."""
    visit.log("外字の一覧の表示")
    return visit.page("glyphs.html", codes=_codes(visit))


@router.get("/glyphs.xlsx")
def glyphs_workbook(visit: Asking) -> Response:
    """The list as Excel."""
    rows = _codes(visit)
    visit.log("外字の一覧の書出し（Excel）", rows=len(rows))
    cells = (
        [r["area"], r["place"], r["code_system"], r["code"], r["count"], r["text"] or "",
         r["decision"]["value"] if r["decision"] else "", r["decision"]["state"] if r["decision"] else ""]
        for r in rows
    )
    headings = ["業務", "源泉／外字表", "文字コード", "コード", "出現数", "読み", "同定", "判断"]
    return Response(workbook("外字", headings, cells), headers={
        "Content-Disposition": 'attachment; filename="ikou-glyphs.xlsx"',
    }, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _one(visit: Visit, place: str, code: str) -> dict[str, Any]:
    found = next((row for row in _codes(visit) if row["place"] == place and row["code"] == code), None)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/glyph")
def glyph(visit: Asking, source: str, code: str) -> Response:
    """One code: its picture, the records it stands in, and the answer."""
    return _page(visit, source, code)


def _page(visit: Visit, source: str, code: str, *, refused: str = "", status: int = 200) -> Response:
    row = _one(visit, source, code)
    store = visit.desk.store()
    rows: list[dict[str, Any]] = []
    if visit.account.sees_values:
        ids = store.text_in_values(f"{{{code}}}", visit.account.areas)
        if ids:
            rows = store.page(Filter(areas=visit.account.areas, issue_ids=tuple(ids)), limit=100).to_dicts()
            rows = [r for r in rows if r["source"] == row["source"]]
    visit.log("外字の表示", target=f"{source} {code}", rows=len(rows))
    return visit.page(
        "glyph.html", status, row=row, rows=rows, candidates=_candidates(_identified(visit), source, code),
        refused=refused,
    )


@router.get("/glyph/picture")
def picture(visit: Asking, source: str, code: str) -> Response:
    """The picture of a code."""
    _one(visit, source, code)
    path = _picture(_identified(visit), source, code)
    if path is None:
        raise HTTPException(404)
    return FileResponse(path)


@router.post("/glyph/decide")
def identify(visit: Posting) -> Response:
    """Propose what a code is."""
    visit.only("department")
    source, code = visit.text("source"), visit.text("code")
    row = _one(visit, source, code)
    value, kind = visit.text("value").strip(), visit.text("class")
    try:
        if kind == "該当なし":
            raise Refused("「該当なし」は同定できません。現行で字形を確かめ、追加文字（GJ）の有無を調べてください。")
        try:
            char, name = read_target(value)
        except ValueError:
            char, name = "", ""
        if not char:
            raise Refused("1文字（異体字は選択子を付けたまま）か、MJ・GJの文字図形名を記入してください。")
        if not visit.text("reason").strip() or not kind:
            raise Refused("区分と根拠を記入してください。")
        run = visit.desk.store().run
        generation, version = str(run.statistics.get("generation") or ""), run.rules.get(RULE, {}).get("version", 1)
        (id_,) = visit.desk.ledger.propose([Proposal(
            RULE, int(version), "", "", "identify_glyph", visit.account.login, visit.text("reason").strip(),
            value=name or char, evidence=kind, generation=generation, scope="value",
            selector={"source": source, "code": code},
            supersedes=row["decision"]["id"] if row["decision"] else None,
        )], at=visit.desk.clock())
    except Refused as refused:
        return _page(visit, source, code, refused=str(refused), status=400)
    except DefinitionError as error:
        return _page(visit, source, code, refused=in_japanese(error), status=409)
    visit.log("起案", target=f"{id_} {source} {code}", rows=1)
    return RedirectResponse(f"/glyphs?told={id_}", 303)

