from collections.abc import Sequence
from typing import Any

from whoosh.reading import TermInfo

class Matcher: ...

class ListMatcher(Matcher):
    _ids: list[int]
    _weights: list[float]
    _i: int
    _scorer: Any
    _term: tuple[str, bytes]
    _terminfo: TermInfo
    def __init__(
        self,
        ids: Sequence[int],
        weights: Sequence[float] | None = None,
        values: Sequence[bytes] | None = None,
        format: Any = None,
        scorer: Any = None,
        position: int = 0,
        all_weights: float | None = None,
        term: tuple[str, bytes] | None = None,
        terminfo: TermInfo | None = None,
    ) -> None: ...
    def weight(self) -> float: ...
