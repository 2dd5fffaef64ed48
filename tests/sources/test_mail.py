"""Mail: encodings of header and body, wrapped paragraphs, attachments."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchidx import Article
from searchidx.sources import read

HEADER = "From: Desk <desk@post.example>\nSubject: {subject}\nDate: Wed, 1 Feb 2023 13:33:00 +0900\nMIME-Version: 1.0\n"


def read_mail(folder: Path, mail: bytes) -> Article:
    path = folder / "a.eml"
    path.write_bytes(mail)
    (article,) = read(path)
    return article


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("gb2312", "gb18030", "总理朱镕基在北京发表讲话，谈到新的经济政策。"),
        ("euc-kr", "cp949", "대통령이 똠방각하를 관람했다."),
        ("shift_jis", "cp932", "首相は①㈱髙島屋について説明した。"),
        ("iso-8859-9", "cp1254", "Başbakan açıkladı — “şimdi”."),
        ("iso-8859-1", "utf-8", "Die Bürgermeisterin übergab die Schlüssel."),
        ("us-ascii", "utf-8", "Die Bürgermeisterin übergab die Schlüssel."),
        ("x-unknown", "utf-8", "Die Bürgermeisterin übergab die Schlüssel."),
        ("", "iso2022_jp", "首相は記者会見で経済対策について説明した。"),
        ("utf-8", "iso2022_jp", "首相は記者会見で経済対策について説明した。"),
    ],
)
def test_body_is_decoded_as_browsers_do(tmp_path: Path, declared: str, codec: str, text: str) -> None:
    charset = f"; charset={declared}" if declared else ""
    header = f"{HEADER.format(subject='s')}Content-Type: text/plain{charset}\nContent-Transfer-Encoding: 8bit\n\n"
    assert read_mail(tmp_path, header.encode() + text.encode(codec)).body == text


def test_raw_header_has_the_encoding_of_the_body(tmp_path: Path) -> None:
    mail = (
        f'{HEADER.format(subject="Президент подписал закон")}Content-Type: text/plain; charset="windows-1251"\n\nЗакон'
    )
    article = read_mail(tmp_path, mail.encode("cp1251"))
    assert (article.headline, article.body) == ("Президент подписал закон", "Закон")


def test_encoded_word_is_decoded_by_its_superset(tmp_path: Path) -> None:
    header = HEADER.format(subject="=?gb2312?B?1uzpRrv5?= caf\u00e9".replace("\u00e9", "e"))
    assert read_mail(tmp_path, f"{header}\n\nText".encode()).headline == "朱镕基 cafe"


def test_wrapped_lines_are_one_paragraph_from_the_first(tmp_path: Path) -> None:
    lines = ["The harbour council met for three hours on Tuesday and agreed to dredge the", "western basin.", ""]
    lines += ["Work begins in the coming weeks and is to cost about four million, of which", "a half is paid."]
    article = read_mail(tmp_path, f"{HEADER.format(subject='s')}\n".encode() + "\n".join(lines).encode())
    assert article.body == "\n".join((" ".join(lines[:2]), " ".join(lines[3:])))


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: message/rfc822\nContent-Disposition: attachment\n\nSubject: i\nFrom: a@b.c\n\nsecret",
        "Content-Type: text/plain; name=notes.txt\n\nsecret",
        "Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\n\n<p>secret</p>",
        'Content-Type: multipart/mixed; boundary="CC"\nContent-Disposition: attachment\n\n--CC\n\nsecret\n--CC--',
    ],
)
def test_attachments_and_all_that_is_in_them_are_not_read(tmp_path: Path, part: str) -> None:
    start = f'{HEADER.format(subject="s")}Content-Type: multipart/mixed; boundary="BB"\n\n--BB\n\nOuter text.\n--BB\n'
    assert read_mail(tmp_path, f"{start}{part}\n--BB--\n".encode()).body == "Outer text."


def test_date_that_does_not_exist_is_named(tmp_path: Path) -> None:
    skips: list[object] = []
    (tmp_path / "a.eml").write_text("From: a@b.example\nSubject: s\nDate: Mon, 1 Jan 99999999999 00:00:00 GMT\n\nText")
    (article,) = read(tmp_path / "a.eml", on_skip=skips.append)
    assert article.date is None
    assert len(skips) == 1
