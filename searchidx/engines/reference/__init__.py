"""The reference engine: what a query matches, article by article, without an index."""
