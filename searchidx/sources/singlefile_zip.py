"""SingleFile's self-extracting pages: a ZIP archive that a browser opens as a page, with the page as `index.html`.

https://github.com/gildas-lormeau/SingleFile
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

from searchidx.sources.skip import Skip
from searchidx.sources.source_file import MAX_FILE, SourceFile, format_size
from searchidx.sources.zip_archive import DAMAGE_ERRORS

_HEAD = re.compile(
    rb"\s*(?:<!doctype[^>]*>\s*)?(?:<!--.{0,200}?-->\s*)?<html[^>]*\sdata-sfz\b", re.IGNORECASE | re.DOTALL
)
_HTML = re.compile(rb"\s*(?:<!doctype|<html)", re.IGNORECASE)
_MEMBER, _END = b"PK\x03\x04", b"PK\x05\x06"
_PAGES = ("index.html", "index.htm", "index.xhtml")


def recognises(head: bytes) -> bool:
    """Whether a page with an archive in it begins here."""
    return _HEAD.match(head) is not None or (_MEMBER in head and _HTML.match(head) is not None)


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The page, under the file's own name."""
    data = file.read()
    end = data.rfind(_END)
    if end < 0:
        yield Skip(file.name, "the saved page is cut off: the end of its archive is missing")
        return
    # What follows the archive is the script that unpacks it; the stated length of a comment may include it.
    archive_data = data[: end + 20] + b"\0\0"
    try:
        with zipfile.ZipFile(BytesIO(archive_data)) as archive:
            name = next((name for name in _PAGES if name in archive.namelist()), None)
            if name is None:
                yield Skip(file.name, "the saved page holds no index.html")
                return
            with archive.open(name) as member:
                page = member.read(MAX_FILE + 1)
    except DAMAGE_ERRORS as error:
        yield Skip(file.name, f"the archive in the saved page is damaged: {error}")
        return
    file.budget.spend(file.path, len(page))
    if len(page) > MAX_FILE:
        yield Skip(file.name, f"it is larger than {format_size(MAX_FILE)}")
    else:
        yield file.member(None, page, file.url)
