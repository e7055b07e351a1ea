"""``ikou chars``: what files may be written in."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from char_mapping.profiles import list_profiles as shipped_profiles


def list_profiles(*, as_json: bool = False) -> None:
    """Print every code system that ships: id, structure, what it is; ``*`` where a glyph policy must be chosen."""
    profiles = shipped_profiles()
    if as_json:
        sys.stdout.write(json.dumps([asdict(profile) for profile in profiles], ensure_ascii=False, indent=2) + "\n")
        return
    width = max(len(profile.id) for profile in profiles)
    for profile in profiles:
        mark = "*" if profile.glyph_policy_needed else " "
        sys.stdout.write(f"{profile.id:<{width}} {mark} {profile.structure:<9} {profile.label}\n")
    sys.stdout.write("* needs glyph_policy: glyph or area; undecided holds the codes that JIS moved\n")
