"""Files of XML: decoded by the rules of all formats, then parsed as far as they are well-formed."""

from __future__ import annotations

from typing import Any

from searchidx.extract.markup import parse_xml
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_encoding import decode_page


def parse_file(file: SourceFile) -> tuple[Any, str]:
    """The root element of a file, and the first fatal error, or ""; raises ValueError for a file that is not XML."""
    root, error = parse_xml(decode_page(file.read(), file.charset))
    if root is None:
        raise ValueError("it is not XML")
    return root, error
