"""Hypothesis strategy for query texts: tokens of the query language in any order, and arbitrary characters."""

from __future__ import annotations

from hypothesis import strategies as st

TOKENS = (
    'a b NATO banks japan 東京 U.S. Japan’s AND OR NOT and or - -- ( ) (( )) " “ ” « headline: body: foo: title:x '
    "date: since: words: id: url: language: precision: byline: 2023 2023-02-30 [ ] { } TO * ? .. > >= < today "
    '"last week" '
    "none = caps( caps(US) ^ ^2 ^9 ~ ~2 /x/ / /(/ /b.*/ jap* *a* ?? bank~ bnak~2 w/5 pre/0 NEAR/s NOT atleast3( & … "
    "\x00 \ud800 😀 é ( e\u0301 \u200b ﷺ ٣ ² : :: // \\ 都 서울 ที่ ﾄｳ"
).split(" ")

query_texts = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(TOKENS), max_size=14).map("".join),
    st.text(st.characters(), max_size=30),
)
