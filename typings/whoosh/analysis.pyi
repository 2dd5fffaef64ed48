from typing import Any

class Token:
    text: str
    original: str
    boost: float
    stopped: bool
    pos: int
    startchar: int
    endchar: int
    def __init__(
        self, positions: bool = False, chars: bool = False, removestops: bool = True, mode: str = "", **kwargs: Any
    ) -> None: ...

class Composable: ...
class Tokenizer(Composable): ...
