"""Tables that come from outside (vendors, the city, the ministries): read, compared with what is in force, merged.

Nothing here decides: a row that goes against a table in force is shown as a conflict and left out.
"""

from __future__ import annotations
