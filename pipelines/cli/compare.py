"""``ikou compare RUN RUN``: what moved between two rehearsals, and how many more it may take."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.runs.comparison import Comparison

_LABELS = {
    "earlier": "指摘（前）", "later": "指摘（後）", "new": "新しく出た", "gone": "なくなった",
    "decided": "判断がついた", "reopened": "再びお尋ね", "changed": "値が変わった",
    "open_earlier": "未解決（前）", "open_later": "未解決（後）",
}
_ROWS = 20


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
            "measures": told.measures, "seconds": told.seconds, "open_by_run": told.open_by_run,
            "forecast": told.forecast,
        },
        ensure_ascii=False, indent=1,
    ) + "\n"


def _as_text(told: Comparison) -> str:
    lines = [f"{told.earlier}  →  {told.later}", ""]
    lines += [f"{label:　<8}{told.totals[name]:>12,}" for name, label in _LABELS.items()]
    lines += ["", "差異（判定の値）"]
    for name, (before, after) in told.measures.items():
        if before != after:
            lines.append(f"  {name:32}{_figure(before):>12} → {_figure(after):>12}")
    if all(before == after for before, after in told.measures.values()):
        lines.append("  変わったものはありません")
    lines += ["", "規則別（新しく出たもの・再びお尋ねするものの多い順）",
              "  規則             前      後    新規    解消    判断    再度  未解決"]
    for row in told.rules.head(_ROWS).iter_rows(named=True):
        lines.append("  " + f"{row['rule_id']:10}" + "".join(
            f"{row[name]:>8,}" for name in ("earlier", "later", "new", "gone", "decided", "reopened", "open_later")
        ))
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


def _figure(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"
