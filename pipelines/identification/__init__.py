"""文字同定 of a project: what occurs of each 外字, what it may be, the sheet a clerk decides on, and the proposals."""

from __future__ import annotations
