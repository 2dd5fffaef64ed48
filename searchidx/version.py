"""The version of searchidx."""

__version__ = "0.1.0"
