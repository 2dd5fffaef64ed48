"""Queries: text to a tree of Whoosh's query classes, with diagnostics that point at the place."""

from searchidx.diagnostics import Diagnostic, Kind, Severity
from searchidx.query.cursor import QUOTES
from searchidx.query.parser import Parsed, parse
from searchidx.query.value_parser import LABEL_HELP, LABEL_NAME

__all__ = ["LABEL_HELP", "LABEL_NAME", "QUOTES", "Diagnostic", "Kind", "Parsed", "Severity", "parse"]
