"""文字同定: what a user-defined code may be, ranked by signals that know nothing of each other. It decides nothing."""

from __future__ import annotations
