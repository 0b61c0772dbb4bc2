"""Random streams: published vectors, twin, uniformity, independence. Every test errs with probability `ALPHA`."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from corridor.model.streams import Stream, Streams, philox, philox_numpy
from tests.worlds import ALPHA

ALL_ONES = (0xFFFFFFFF,) * 4
# Known answers of Random123 1.14 (Salmon et al. 2011), file tests/kat_vectors, philox4x32 10 rounds.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (ALL_ONES, ALL_ONES[:2], (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@njit
def _words(counters, k0, k1):  # type: ignore[no-untyped-def]
    out = np.empty((counters.shape[0], 4), dtype=np.uint32)
    for row in range(counters.shape[0]):
        c = counters[row]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = philox(c[0], c[1], c[2], c[3], k0, k1)
    return out


def compiled(counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    return _words(counters, np.uint32(key[0]), np.uint32(key[1]))


@pytest.mark.parametrize("words", [compiled, philox_numpy])
@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers_of_random123(words, counter, key, answer) -> None:
    np.testing.assert_array_equal(words(np.array([counter], dtype=np.uint32), key)[0], answer)


def test_compiled_generator_equals_its_twin() -> None:
    rng = np.random.default_rng(0)
    counters = rng.integers(0, 2**32, (2000, 4), dtype=np.uint32)
    key = (0x12345678, 0x9ABCDEF0)
    np.testing.assert_array_equal(compiled(counters, key), philox_numpy(counters, key))


def test_uniforms_place_seed_stream_agent_and_counters_where_they_say() -> None:
    seed = 0x9ABCDEF012345678
    counter = np.array([[7, 5, 3, Stream.CROSSING]], dtype=np.uint32)
    words = philox_numpy(counter, (0x12345678, 0x9ABCDEF0))[0]
    drawn = Streams(seed).uniforms(Stream.CROSSING, np.array([7]), 5, 3)[0]
    np.testing.assert_array_equal(drawn, (words + 0.5) / 2**32)


def test_uniforms_lie_strictly_between_0_and_1() -> None:
    u = Streams(1).uniforms(Stream.HAZARD, np.arange(200_000))
    assert u.min() > 0 and u.max() < 1


@pytest.mark.statistical
@pytest.mark.parametrize("stream", Stream)
def test_uniforms_are_uniform_in_every_stream(stream: Stream) -> None:
    # 16 streams x 4 words; Bonferroni keeps the error rate of the family at ALPHA.
    u = Streams(3).uniforms(stream, np.arange(20_000), 11)
    for word in u.T:
        assert stats.kstest(word, "uniform").pvalue > ALPHA / (4 * len(Stream))


def correlation_is_noise(a: np.ndarray, b: np.ndarray, tests: int) -> bool:
    """Whether Pearson and rank correlation are those of independent samples, at ALPHA for all ``tests`` together."""
    pearson, spearman = stats.pearsonr(a, b).pvalue, stats.spearmanr(a, b).pvalue
    return min(pearson, spearman) > ALPHA / (2 * tests)


@pytest.mark.statistical
def test_streams_agents_steps_seeds_and_words_are_independent() -> None:
    people = np.arange(20_000)

    def draw(seed=1, stream=Stream.HAZARD, shift=0, first=0, second=0, word=0) -> np.ndarray:
        return Streams(seed).uniforms(stream, people + shift, first, second)[:, word]

    reference = draw()
    others = [
        *(draw(stream=stream) for stream in Stream if stream != Stream.HAZARD),
        draw(shift=1),
        draw(shift=4),
        draw(first=1),
        draw(second=1),
        draw(seed=2),
        draw(seed=1 + 2**32),
        *(draw(word=word) for word in (1, 2, 3)),
    ]
    for other in others:
        assert correlation_is_noise(reference, other, len(others))


@pytest.mark.statistical
def test_a_person_meets_fresh_luck_at_every_step() -> None:
    steps = np.arange(20_000)
    series = Streams(5).uniforms(Stream.HAZARD, np.full(steps.size, 42), steps)[:, 0]
    assert stats.kstest(series, "uniform").pvalue > ALPHA / 3
    for lag in (1, 2):
        assert stats.pearsonr(series[lag:], series[:-lag]).pvalue > ALPHA / 3
