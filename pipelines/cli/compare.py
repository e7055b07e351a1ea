"""``ikou compare RUN RUN``: what moved between two rehearsals, and how many more it may take."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.runs.comparison import Comparison

_LABELS = {
    "earlier": "指摘（前）", "later": "指摘（後）", "new": "新しく出た", "gone": "なくなった",
    "decided": "判断がついた", "reopened": "再びお尋ね", "changed": "値が変わった",
    "open_earlier": "未解決（前）", "open_later": "未解決（後）",
}
_ROWS = 20
_MEASURES = {
    "records.unexplained": "行き先のわからない記録", "records.isolated": "隔離された記録",
    "controls.mismatch": "現行帳票と合わない値", "amounts.mismatch": "合わない金額",
    "issues.open_errors": "未解決の誤り", "issues.release_blocked": "引渡しを止める不備",
    "characters.unexplained": "説明のつかない文字", "support_measures.difference": "支援措置対象者の差",
    "decisions.pending_individual": "個別の判断の残り", "laws.broken": "破れた法則",
    "scope.difference": "移行対象外の件数の差",
}


def compare(earlier: Path, later: Path, *, as_json: bool) -> int:
    """Print the comparison; ids and counts only."""
    from pipelines.runs.comparison import compare_runs
    from pipelines.runs.folder import find_run

    told = compare_runs(find_run(str(earlier), None), find_run(str(later), None))
    sys.stdout.write(_as_json(told) if as_json else _as_text(told))
    return 0


def _as_json(told: Comparison) -> str:
    return json.dumps(
        {
            "earlier": told.earlier, "later": told.later, "totals": dict(told.totals), "rules": told.rules.to_dicts(),
            "measures": told.measures, "gates": told.gates.to_dicts(), "seconds": told.seconds,
            "open_by_run": told.open_by_run, "forecast": told.forecast,
        },
        ensure_ascii=False, indent=1,
    ) + "\n"


def _as_text(told: Comparison) -> str:
    lines = [f"{told.earlier}  →  {told.later}", ""]
    lines += [f"{_wide(label, 14)}{told.totals[name]:>10,}" for name, label in _LABELS.items()]
    lines += ["", "判定項目（合意した基準）"]
    for gate in told.gates.iter_rows(named=True):
        lines.append(f"  {gate['id']:5}{_wide(gate['item'], 30)}{_verdict(gate, '')} → {_verdict(gate, '_later')}"
                     + ("" if gate["at_most"] == gate["at_most_later"] else "  ※基準が変わった"))
    if told.gates.is_empty():
        lines.append("  定められていません")
    asked = set(told.gates["measure"])
    moved = {name: pair for name, pair in told.measures.items() if pair[0] != pair[1] and name not in asked}
    if moved:
        lines += ["", "差異（判定項目にない値）"]
        lines += [f"  {_wide(_MEASURES.get(name, name), 34)}{_figure(before):>10} → {_figure(after):>10}"
                  for name, (before, after) in moved.items()]
    columns = ("earlier", "later", "new", "gone", "decided", "reopened", "open_later")
    heads = ("前", "後", "新規", "解消", "判断", "再度", "未解決")
    lines += ["", "規則別（新しく出たもの・再びお尋ねするものの多い順）",
              "  " + _wide("規則", 10) + "".join(" " * (8 - 2 * len(head)) + head for head in heads) + "  名称"]
    for row in told.rules.head(_ROWS).iter_rows(named=True):
        counts = "".join(f"{row[name]:>8,}" for name in columns)
        lines.append(f"  {row['rule_id']:10}{counts}  {told.names.get(row['rule_id'], '')}".rstrip())
    if told.rules.height > _ROWS:
        lines.append(f"  ほか {told.rules.height - _ROWS} の規則（--json ですべて）")
    lines += ["", f"所要時間  {told.seconds[0]:,.1f} 秒 → {told.seconds[1]:,.1f} 秒",
              "未解決の推移  " + " → ".join(f"{size:,}" for _, size in told.open_by_run)]
    if told.forecast is None:
        lines.append("見通し  未解決が減っていないため、0になる回を見通せません")
    elif told.forecast == 0:
        lines.append("見通し  未解決はありません")
    else:
        lines.append(f"見通し  この減り方が続けば、あと {told.forecast} 回のリハーサルで未解決が0になります")
    return "\n".join(lines) + "\n"


def _verdict(gate: Mapping[str, Any], side: str) -> str:
    verdict = gate[f"verdict{side}"]
    if verdict is None:
        return "（項目なし）"
    return f"{verdict}（{_figure(gate[f'value{side}'])}、基準 {_figure(gate[f'at_most{side}'])} 以下）"


def _wide(text: str, columns: int) -> str:
    """Text padded to columns of a terminal, where a Japanese character takes two."""
    from rich.cells import cell_len

    return text + " " * max(columns - cell_len(text), 1)


def _figure(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"
