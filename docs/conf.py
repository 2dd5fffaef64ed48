"""Configuration of the documentation site: `sphinx-build -W docs build/site`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

project = "searchidx"
html_title = "searchidx"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
exclude_patterns = ["schemas"]
html_theme = "furo"
html_static_path = ["images"]
html_extra_path = ["schemas"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False
napoleon_use_ivar = True
suppress_warnings = ["myst.header"]

_INCLUDE = re.compile(r"```{include} \.\./(\w+\.md)\n```")
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:searchidx|packaging|\.github)/[^)]*\)")
"""A link to a file that is not part of the site."""
_ROOT_PAGES = {"README.md": "index.md"} | {
    f"{name}.md": f"{name.lower()}.md" for name in ("ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY")
}


def _include_root_page(app: Any, name: str, source: list[str]) -> None:
    """Replace an include of a document of the top folder by its text, with links as the site needs them."""
    text = _INCLUDE.sub(lambda match: Path(__file__).parent.parent.joinpath(match[1]).read_text(), source[0])
    text = text.replace("](docs/", "](").replace("](../", "](").replace('"docs/images/', '"_static/')
    for document, page in _ROOT_PAGES.items():
        text = text.replace(f"]({document}", f"]({page}")
    source[0] = _OUTSIDE.sub(r"\1", text)


def setup(app: Any) -> None:
    """Register the hook."""
    app.connect("source-read", _include_root_page)
