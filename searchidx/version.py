"""The version of searchidx."""

__version__ = "0.2.0"
