"""Several sources in one file: each reads its record type, one of them receives the file, every type has its reader.

A source with ``files_of: setai`` is read from the files of source ``setai``, as that one's definition says; its own
``source.yml`` names what differs: which record, below which parents, under which meanings.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from char_mapping.errors import DefinitionError
from layouts.yaml_reader import YamlDocument, read_yaml

if TYPE_CHECKING:
    from layouts.sources import SourceDefinition

_OF_THE_FILE = ("files", "copybook", "dialect", "code_system", "glyph_policy", "gaiji", "overrides", "characters")
_OF_THE_RECORD = frozenset({"record", "parents", "control", "odo"})
"""Keys of ``format`` that each record type may have for itself."""


def inherited(document: YamlDocument, directory: Path) -> dict[str, Any]:
    """The data of a source definition, completed by that of the source whose files it reads.

    Raises:
        DefinitionError: No such source, one that reads another's files itself, or a key that belongs to the file.
    """
    data = document.data
    owner = data.get("files_of")
    if owner is None:
        return data
    path = directory.parent / str(owner) / "source.yml"
    if not path.is_file():
        raise document.error("files_of", expected="a source beside this one", found=f"no {path.parent.name}/source.yml",
                             todo="Name the source that receives the file")
    base = read_yaml(path).data
    if "files_of" in base:
        raise document.error("files_of", expected="a source that receives its files itself",
                             found=f"{owner}, which reads those of {base['files_of']}", todo="Name that one")
    own: Mapping[str, Any] = data.get("format", {})
    stray = sorted({*(k for k in _OF_THE_FILE if k in data), *(k for k in own if k not in _OF_THE_RECORD)})
    if stray:
        raise document.error(expected=f"keys of the record; those of the file stand in {owner}/source.yml",
                             found=", ".join(stray), todo="Remove them")
    shared = {key: base[key] for key in _OF_THE_FILE if key in base}
    if "copybook" in shared:
        names = (shared["copybook"],) if isinstance(shared["copybook"], str) else shared["copybook"]
        shared["copybook"] = tuple(f"../{owner}/{name}" for name in names)
    shape = {k: v for k, v in base.get("format", {}).items() if k not in _OF_THE_RECORD - {"odo"}}
    return {**shared, **data, "format": {**shape, **own}}


def check_deliveries(sources: Mapping[str, SourceDefinition]) -> None:
    """Check that of every file with several record types each type is read once, is a parent, or is left out by name.

    Raises:
        DefinitionError: A type without a reader, with two, or that is read although it is left out.
    """
    for owner in sources.values():
        kinds = owner.format.record_type
        if owner.files_of or kinds is None:
            continue
        together = [s for s in sources.values() if owner.id in (s.id, s.files_of)]
        where = f"{owner.directory / 'source.yml'} format.record_type"
        control = {owner.format.header, owner.format.trailer}
        names = [name for name in dict.fromkeys(kinds.values.values()) if name not in control]
        parents = {parent.record for source in together for parent in source.format.parents}
        for name in names:
            readers = [s.id for s in together if (s.format.record or names[0]) == name]
            if len(readers) > 1 or (readers and name in kinds.not_read):
                raise DefinitionError(
                    where, expected=f"one source for the records {name}",
                    found=" and ".join(readers) if len(readers) > 1 else f"{readers[0]}, and not_read names them too",
                    todo="Every record has one fate: leave one of the two out.",
                )
            if not readers and name not in parents and name not in kinds.not_read:
                raise DefinitionError(
                    where, expected=f"a source for the records {name}", found="none in ikou.toml",
                    todo=f"Add one with files_of: {owner.id}, or say why nobody reads them: not_read: {{{name}: …}}",
                )
    orphans = [s for s in sources.values() if s.files_of and s.files_of not in sources]
    if orphans:
        raise DefinitionError(
            f"{orphans[0].directory / 'source.yml'} files_of", expected="a source of ikou.toml",
            found=orphans[0].files_of, todo="List it in ikou.toml too.",
        )
