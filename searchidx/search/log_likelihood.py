"""Score how much the frequency of words differs between two texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def log_likelihood(count: npt.ArrayLike, rest: npt.ArrayLike, words: int, rest_words: int) -> npt.NDArray[np.float64]:
    """Score the difference of words' frequencies in two texts: G² of Dunning (1993).

    Computed for two corpora as by Rayson and Garside (2000). A score of 3.84 is exceeded by chance one time in twenty.

    Args:
        count: how often each word occurs in the first text.
        rest: how often it occurs in the second.
        words: how many words the first text has.
        rest_words: how many words the second has.

    Returns:
        The scores; negative where the word is rarer in the first text.
    """
    observed = np.stack([np.asarray(count, np.float64), np.asarray(rest, np.float64)])
    of_both = observed.sum(axis=0)
    share = words / (words + rest_words) if words + rest_words else 0.0
    expected = np.stack([of_both * share, of_both * (1 - share)])
    ratio = np.divide(observed, expected, out=np.ones_like(observed), where=(observed > 0) & (expected > 0))
    score: npt.NDArray[np.float64] = 2 * (observed * np.log(ratio)).sum(axis=0)
    return np.where(observed[0] >= expected[0], score, -score)
