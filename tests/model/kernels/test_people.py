"""Compiled loops against their plain NumPy twins, and against what they promise."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from corridor.model.events import Event
from corridor.model.kernels.beliefs import BeliefUpdate, Campaigns, LegBeliefs, send_news, update_beliefs
from corridor.model.kernels.choice import NONE, STAY, UNDECIDED
from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import ScannedColumns
from corridor.model.kernels.departures import DecisionInputs, decide, ration, reconsider
from corridor.model.kernels.diary import JourneyCounts, new_diary
from corridor.model.kernels.episodes import EpisodeInputs, EpisodeParameters, begin_episodes
from corridor.model.kernels.exposure import ExposureParameters, HeldCounts, count_held, expose
from corridor.model.kernels.hazards import HazardRates, draw_events, split_rates
from corridor.model.kernels.instructions import MANY
from corridor.model.kernels.jobs import open_jobs, write_job_rates
from corridor.model.kernels.passages import (
    COUNTED,
    N_COUNTS,
    LegRisks,
    Practice,
    Sellers,
    end_passages,
    treat_intercepted,
)
from corridor.model.kernels.pathways import Eligibility, choose_pathways, open_places, share_applying
from corridor.model.kernels.purchases import OffersByLeg, buy_passages, release_escrow
from corridor.model.kernels.purse import PurseParameters, earned, means_of
from corridor.model.kernels.transitions import NEVER, merge, set_cells
from corridor.model.kernels.waiting import pop_passed
from corridor.model.population import Population
from corridor.model.processes.demand import GROUP
from corridor.model.states import MAIN_FORM, N_CAUSES, N_EVENTS, N_STATES, Channel, Form, Payment, Sector, State
from corridor.model.streams import Stream, Streams
from tests.reference.beliefs import update_beliefs_numpy
from tests.reference.episodes import begin_episodes_numpy
from tests.reference.exposure import count_held_numpy, expose_numpy
from tests.reference.hazards import draw_events_numpy, split_rates_numpy
from tests.reference.jobs import job_rates_numpy, open_jobs_numpy
from tests.reference.passages import fates_numpy, outcomes_numpy, risks_numpy
from tests.reference.pathways import chances_numpy, open_places_numpy, share_applying_numpy
from tests.reference.purse import earned_numpy, means_numpy
from tests.reference.transitions import cells_numpy
from tests.reference.waiting import passed_numpy
from tests.worlds import ALPHA

N_CELLS = 30


def random_columns(n: int, seed: int) -> dict[str, np.ndarray]:
    """Return random people and rates, zero for a third of the causes."""
    rng = np.random.default_rng(seed)
    rates = rng.exponential(2.0, (N_STATES, N_CELLS, N_CAUSES)) * (rng.random((N_STATES, N_CELLS, N_CAUSES)) > 1 / 3)
    return {
        "state": rng.integers(0, N_STATES, n, dtype=np.uint8),
        "cell": rng.integers(0, N_CELLS, n, dtype=np.int32),
        "due": rng.integers(0, 20, n, dtype=np.int32),
        "susceptibility": rng.lognormal(0.0, 1.0, n).astype(np.float32),
        "rates": rates.astype(np.float32),
        "personal": rng.random((N_STATES, N_CAUSES)) < 0.3,
    }


def scanned(c: dict[str, np.ndarray]) -> ScannedColumns:
    n = c["state"].size
    words, scratch = c["state"][: n // 8 * 8].view(np.uint64), np.full(n, 77, dtype=np.int32)
    return ScannedColumns(c["state"], words, c["cell"], c["due"], c["susceptibility"], scratch)


def rates_of(c: dict[str, np.ndarray]) -> HazardRates:
    rates = HazardRates(c["rates"], c["personal"], *np.empty((2, *c["rates"].shape[:2]), dtype=np.float32))
    split_rates(np.arange(N_STATES), rates)
    return rates


def clock_at(step: int, dt: float, key: tuple[int, int]) -> Clock:
    return Clock(step, dt, np.uint32(key[0]), np.uint32(key[1]))


def compiled_events(c: dict[str, np.ndarray], dt: float, step: int, key: tuple[int, int]) -> np.ndarray:
    n = c["state"].size
    people, bounds = draw_events(scanned(c), rates_of(c), clock_at(step, dt, key))
    assert bounds[0] == bounds[1] == 0 and bounds[-1] == people.size == np.unique(people).size
    assert np.all(np.diff(people)[np.setdiff1d(np.arange(people.size - 1), bounds - 1)] > 0), "sorted event by event"
    event = np.zeros(n, dtype=np.uint8)
    event[people] = np.repeat(np.arange(N_EVENTS), np.diff(bounds))
    return event


@pytest.mark.parametrize(("seed", "dt"), [(0, 7 / 365.25), (1, 1 / 365.25), (2, 0.5)])
def test_events_equal_those_of_the_twin(seed: int, dt: float) -> None:
    columns = random_columns(20_003, seed)
    columns["state"][5_000:10_000] = State.HOME
    drawn = compiled_events(columns, dt, step=9, key=(seed, 5))
    np.testing.assert_array_equal(
        drawn, draw_events_numpy(scanned(columns), rates_of(columns), clock_at(9, dt, (seed, 5)))
    )
    assert np.unique(drawn).size > 20, "hardly anything happened"


def test_split_rates_equal_those_of_the_twin() -> None:
    c = random_columns(1, 4)
    rates = rates_of(c)
    np.testing.assert_allclose((rates.common, rates.own), split_rates_numpy(c["rates"], c["personal"]), rtol=1e-6)


def test_nothing_happens_at_home_to_the_dead_or_without_hazard_and_travel_ends_when_due() -> None:
    columns = random_columns(20_000, 3)
    columns["rates"][State.SETTLED] = 0
    event = compiled_events(columns, 1.0, step=9, key=(0, 0))
    idle = np.isin(columns["state"], [State.HOME, State.DEAD, State.SETTLED])
    assert not event[idle].any()
    moving = columns["state"] == State.MOVING
    np.testing.assert_array_equal(event[moving], np.where(columns["due"][moving] <= 9, Event.ARRIVED, 0))


@pytest.mark.statistical
def test_events_come_at_their_hazards_and_causes_in_proportion() -> None:
    """Chi-square over no event and four causes, one of them personal; error rate ALPHA."""
    n, dt = 100_000, 0.3
    rates = np.zeros((N_STATES, 1, N_CAUSES), dtype=np.float32)
    rates[State.WAITING, 0] = [0.5, 1.0, 0.0, 0.25, 0.1]
    personal = np.zeros((N_STATES, N_CAUSES), dtype=bool)
    personal[State.WAITING, 1] = True
    columns = {
        "state": np.full(n, State.WAITING, dtype=np.uint8),
        "cell": np.zeros(n, dtype=np.int32),
        "due": np.zeros(n, dtype=np.int32),
        "susceptibility": np.full(n, 2.0, dtype=np.float32),
        "rates": rates,
        "personal": personal,
    }
    event = compiled_events(columns, dt, step=0, key=(1, 2)).astype(int)
    hazard = np.array([0.5, 2.0, 0.25, 0.1])
    some = hazard.sum() * dt
    expected = n * np.array([1 - some, *(some * hazard / hazard.sum())])
    codes = [0, *(8 * State.WAITING + cause for cause in (1, 2, 4, 5))]
    counts = np.array([np.count_nonzero(event == code) for code in codes])
    assert counts.sum() == n and stats.chisquare(counts, expected).pvalue > ALPHA


def test_population_hands_each_event_to_those_who_have_it() -> None:
    population = Population(21, 1.0)
    counts = np.zeros(N_EVENTS, dtype=np.int64)
    counts[[Event.FADED, Event.ARRIVED]] = 2, 1
    population.remember_events(np.array([3, 20, 8]), np.concatenate([[0], np.cumsum(counts)]))
    assert population.with_event(Event.FADED).tolist() == [3, 20]
    assert population.with_event(Event.ARRIVED).tolist() == [8]
    assert population.with_event(Event.REMOVED).size == 0


# --- beliefs ----------------------------------------------------------------------------------------------------------


def test_news_of_all_journeys_and_of_bad_ones_is_sent() -> None:
    under_way = np.zeros((4, 2, 3))
    chances = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.25, 0.125]])
    send_news(under_way, np.array([0, 1, 1]), np.array([2, 0, 0]), chances, 10.0, 4.0)
    np.testing.assert_array_equal(under_way[0], [[0, 0, 10], [12.5, 0, 0]])
    np.testing.assert_array_equal(under_way[1:, 1, 0], [5, 5, 1.25])


@pytest.mark.parametrize("seed", range(3))
def test_beliefs_equal_those_of_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    communities, legs = 5, 9
    heard, under_way = rng.exponential(20.0, (communities, legs)), rng.exponential(20.0, (4, communities, legs))
    believed, (public, truth) = rng.random((3, communities, legs)), rng.random((2, 3, legs))
    weight, emphasis, waved = rng.random(communities), 3 * rng.random(communities), rng.random(legs)
    talk = BeliefUpdate(kept=0.9, arriving=0.2, prior_strength=50.0, public=0.05, advertised=0.8)
    known, campaigns = LegBeliefs(np.empty_like(believed), believed, heard, under_way), Campaigns(weight, emphasis)
    expected = update_beliefs_numpy(known, public, truth, campaigns, waved, talk)
    update_beliefs(known, public, truth, campaigns, waved, talk)
    for compiled, twin in zip(known, expected, strict=True):
        np.testing.assert_allclose(compiled, twin, rtol=1e-12)


def test_queues_at_home_equal_those_of_the_twin() -> None:
    rng = np.random.default_rng(0)
    following, end = np.array([0, 40, 40, 90]), np.array([40, 40, 90, 100])
    threshold = np.concatenate([np.sort(rng.exponential(size=b - a)) for a, b in zip(following, end, strict=True)])
    integrated = np.array([0.5, 1.0, 0.0, 50.0])
    expected = passed_numpy(following, end, threshold, integrated)
    queues = following.copy()
    np.testing.assert_array_equal(pop_passed(queues, end, threshold, integrated), expected)
    assert 0 < expected.size == (queues - following).sum()
    assert pop_passed(queues, end, threshold, integrated).size == 0, "nobody leaves twice"


def test_purses_equal_those_of_the_twin() -> None:
    rng = np.random.default_rng(0)
    n = 50
    people, income = Population(n, 1.0), rng.exponential(3000.0, n)
    people.savings_usd[:], people.debt_usd[:] = rng.exponential(500.0, n), rng.exponential(2000.0, n)
    people.bond_usd[:], people.size[:] = people.debt_usd * rng.random(n), rng.integers(1, 5, n)
    people.schooling[:], people.ties[:], people.creditworthy[:] = rng.random((3, n)) < 0.5
    years = rng.random(n)
    p = PurseParameters(0.1, 1.5, 0.5, 900.0, 700.0, 0.4, 0.1)
    means = np.array([means_of(people.records[i], people.debt_usd[i], income[i], p) for i in range(n)]).T
    money = people.savings_usd, people.debt_usd, people.bond_usd
    np.testing.assert_allclose(means, means_numpy(money, income, people.ties, people.creditworthy, people.size, p))
    saved = [earned(people.records[i], income[i], years[i], p) for i in range(n)]
    np.testing.assert_allclose(saved, earned_numpy(income, people.schooling, people.size, years, p))


def departing(n: int, seed: int = 0) -> Population:
    """Return people of one community at place 0 with some money."""
    rng, people = np.random.default_rng(seed), Population(n, 1.0)
    people.savings_usd[:] = rng.exponential(600.0, n)
    people.debt_usd[:] = rng.exponential(100.0, n)
    people.creditworthy[:], people.ties[:] = rng.random((2, n)) < 0.5
    return people


def two_ways(refuge: int, gives_up: float, expected: float = 0.5) -> DecisionInputs:
    """Return two legs at 300 USD out of a place where nobody is hosted; half of the people would go on."""
    return DecisionInputs(
        np.array([[0.2, 0.3]] * 9), np.array([[0.5]] * 9), np.array([[expected]] * 9), np.zeros((9, 2)),
        np.array([0, 2], dtype=np.int32), np.array([0, 1], dtype=np.int32), np.full(2, 300.0), np.array([1.0, 0.0]),
        np.zeros((1, 1), dtype=bool), np.array([[refuge]]), np.array([[200.0, 800.0]]), gives_up, 0.5, 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(("refuge", "left"), [(-1, {NONE}), (0, {STAY})])
def test_who_can_pay_for_no_way_on_gives_up_where_there_is_a_way_back(refuge: int, left: set[int]) -> None:
    """Those who prepare at home wait all the same; of those abroad who need protection, none without a refuge."""
    people = departing(200)
    people.state[:], people.protection_need[:], people.savings_usd[:] = State.WAITING, True, 0.0
    people.ties[:] = people.creditworthy[:] = False
    purse, clock = PurseParameters(0.1, 1.5, 0.0, 0.0, 0.0, 0.4, 0.1), clock_at(4, 0.02, (1, 2))
    for state, expected in ((State.WAITING, left), (State.PREPARING, {NONE} | (left & {STAY}))):
        people.state[:] = state
        _, chosen, ready = decide(
            np.arange(200), people.travellers, np.zeros(1), np.zeros((2, 1, 1)), two_ways(refuge, 1.0), purse, clock
        )
        assert set(chosen) == expected and not ready.any()


def test_those_who_may_not_end_their_journey_go_on_or_have_no_choice() -> None:
    """Two legs at 300 USD; where people are not hosted, those in need of protection go on or are stuck."""
    n = 500
    people = departing(n)
    people.state[:] = State.PREPARING
    people.protection_need[::2] = True
    ways = two_ways(-1, 0.0)
    purse, before = PurseParameters(0.1, 1.5, 0.0, 900.0, 0.0, 0.4, 0.1), people.savings_usd.sum()
    income, wage, clock = np.array([1000.0]), np.ones((2, 1, 1)), clock_at(4, 0.02, (1, 2))
    received, chosen, ready = decide(np.arange(n), people.travellers, income, wage, ways, purse, clock)
    assert people.savings_usd.sum() == pytest.approx(before + received) and received > 0
    able = means_numpy(
        (people.savings_usd, people.debt_usd, people.bond_usd), 1000.0, people.ties, people.creditworthy, people.size,
        purse,
    )[1] >= 300.0  # fmt: skip
    in_need = people.protection_need
    assert set(chosen[in_need & able]) == {0, 1} and set(chosen[in_need & ~able]) == {NONE}
    assert set(chosen[~in_need & able]) == {0, 1, STAY} and set(chosen[~in_need & ~able]) == {NONE, STAY}
    np.testing.assert_array_equal(people.immobile, ~able, "whoever can pay for no leg, going or not")
    np.testing.assert_array_equal(ready, chosen == 0, "nobody sets out on leg 1 in this season")


@pytest.mark.parametrize(
    ("taste", "expected", "kinds"),
    [(0.49, 0.5, {0, 1}), (0.51, 0.5, {STAY}), (0.32, 2.0, {0, 1}), (0.34, 2.0, {NONE}), (0.51, 2.0, {STAY})],
)
def test_who_goes_keeps_to_it_until_going_is_worth_less(taste: float, expected: float, kinds: set[int]) -> None:
    """Half of the group would go on, a third by legs with a quarter of the odds that it counts on; the others wait."""
    people = departing(50)
    people.state[:], people.taste[:], people.savings_usd[:] = State.WAITING, taste, 9000.0
    purse, clock = PurseParameters(0.1, 1.5, 0.0, 900.0, 0.0, 0.4, 0.1), clock_at(4, 0.02, (1, 2))
    _, chosen, _ = decide(
        np.arange(50), people.travellers, np.zeros(1), np.zeros((2, 1, 1)), two_ways(0, 0.0, expected), purse, clock
    )
    assert set(chosen) == kinds


@pytest.mark.statistical
def test_who_has_settled_goes_on_with_the_odds_of_newcomers_times_what_roots_make_of_them() -> None:
    """Tastes are drawn anew; binomial, error rate ALPHA. Who has none yet has the taste of those who stay."""
    n, people = 20_000, departing(20_000)
    luck, people.savings_usd[:] = np.random.default_rng(1).random((n, 2)), 9000.0
    purse, ways = PurseParameters(0.1, 1.5, 0.0, 900.0, 0.0, 0.4, 0.1), two_ways(-1, 0.0)._replace(rooted=0.25)
    people.taste[:] = 0.999
    goes = reconsider(np.arange(n), luck, people.travellers, np.array([1000.0]), ways, 1.0, purse)
    assert stats.binomtest(int(goes.sum()), n, 0.2).pvalue > ALPHA, "odds of 1, a quarter of them: one in five"
    people.taste[:] = UNDECIDED
    goes = reconsider(np.arange(n), luck, people.travellers, np.array([1000.0]), ways, 1.0, purse)
    assert not goes.any() and people.taste.min() >= 0.2


def test_who_has_settled_stays_while_they_can_pay_for_no_way_on() -> None:
    people, luck = departing(200), np.zeros((200, 2))
    people.savings_usd[:], people.ties[:], people.creditworthy[:] = 0.0, False, False
    purse = PurseParameters(0.1, 1.5, 0.0, 0.0, 0.0, 0.4, 0.1)
    goes = reconsider(np.arange(200), luck, people.travellers, np.array([1000.0]), two_ways(-1, 0.0), 1.0, purse)
    assert not goes.any()


@pytest.mark.statistical
def test_buyers_pay_what_they_can_find_and_spread_over_offers_by_share() -> None:
    """Chi-square over the offers of a leg; error rate ALPHA."""
    n, share = 20_000, np.array([1.0, 0.2, 0.5, 0.3])
    people, wealth = departing(n), departing(n)
    fees, purse = np.array([100.0, 500.0, 800.0, 900.0]), PurseParameters(0.1, 1.5, 0.5, 900.0, 700.0, 0.4, 0.1)
    offers = OffersByLeg(np.array([0, 1, 4]), np.array([7, 4, 5, 6]), fees, share)
    income, legs, clock = np.array([400.0]), np.ones(n, dtype=np.int32), clock_at(4, 0.02, (3, 4))
    interest, sales = buy_passages(np.arange(n), legs, people.travellers, income, offers, purse, clock)
    before = wealth.savings_usd - wealth.debt_usd
    after = people.savings_usd + people.escrow_usd - people.debt_usd
    assert before.sum() - after.sum() == pytest.approx(sales[0].sum() + interest), "books balance"
    assert sales[1, 1] == pytest.approx(people.escrow_usd.sum()) and sales[2, 1] == n and not sales[:, 0].any()
    money = wealth.savings_usd, wealth.debt_usd, wealth.bond_usd
    own, whole = means_numpy(money, income[0], wealth.ties, wealth.creditworthy, wealth.size, purse)
    fee = np.minimum(fees[people.organisation - 3], whole)
    np.testing.assert_array_equal(people.payment == Payment.CREDIT, fee > own)
    np.testing.assert_allclose(people.bond_usd, 1.1 * np.maximum(fee - own, 0.0), atol=1e-9)
    counts = np.bincount(people.organisation, minlength=7)[4:7]
    assert stats.chisquare(counts, n * share[1:]).pvalue > ALPHA


def test_what_is_held_goes_to_the_organisation_or_comes_back() -> None:
    people = Population(3, 1.0)
    people.escrow_usd[:], people.leg[:], people.debt_usd[:] = [100.0, 100.0, 0.0], 1, [0.0, 70.0, 5.0]
    paid = np.zeros(2)
    release_escrow(np.arange(3), np.array([True, False, True]), people.records, paid)
    np.testing.assert_array_equal(paid, [0.0, 100.0])
    np.testing.assert_array_equal(people.debt_usd, [0.0, 0.0, 5.0])
    np.testing.assert_array_equal(people.savings_usd, [0.0, 30.0, 0.0])
    assert not people.escrow_usd.any()


def test_hazard_cells_are_those_of_the_twin() -> None:
    rng = np.random.default_rng(5)
    n = 500
    people = Population(n, 1.0)
    people.place[:], people.state[:] = rng.integers(0, 40, n), rng.integers(0, 10, n)
    people.sex[:], people.age[:], people.status[:] = (rng.integers(0, k, n) for k in (2, 3, 4))
    people.sector[:], people.form[:] = rng.integers(0, len(MAIN_FORM), n), rng.integers(0, 6, n)
    people.head[:] = np.where(rng.random(n) < 0.2, rng.integers(0, n, n), np.arange(n))
    main = np.array(MAIN_FORM, dtype=np.uint8)
    set_cells(np.arange(n), people.standing)
    traits = people.sex, people.age, people.status
    follows = people.head != np.arange(n)
    twin = cells_numpy(people.place, people.state, traits, people.sector, people.form == main[people.sector], follows)
    np.testing.assert_array_equal(people.cell, twin)


@pytest.mark.parametrize("n", [500, 2 * MANY])
def test_exposure_is_that_of_the_twin(n: int) -> None:
    rng = np.random.default_rng(6)
    people = Population(n, 1.0)
    people.bond_usd[:] = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 60_000, n))
    people.sex[:], people.age[:], people.episodes[:] = (rng.integers(0, k, n) for k in (2, 3, 3))
    people.alone[:] = rng.random(n) < 0.3
    people.freed[:], people.supported_months[:] = rng.integers(0, 50, n), rng.uniform(0, 20, n)
    p = ExposureParameters(0.2, 30_000.0, 1.5, 1.4, 2.0, 3.0, 12.0, 12.0, 0.4)
    expose(np.arange(n), people.victims, 60, 0.23, p)
    np.testing.assert_allclose(people.susceptibility, expose_numpy(people.victims, 60, 0.23, p), rtol=1e-6)


def test_those_held_are_counted_as_in_the_twin() -> None:
    rng = np.random.default_rng(0)
    n, people, population = 40, rng.permutation(40)[:25], Population(40, 1.0)
    bounds = {"place": (0, 4), "sector": (0, 5), "form": (0, 3), "sex": (0, 2), "age": (0, 3), "exploiter": (-1, 3)}
    for name, (low, high) in bounds.items():
        getattr(population, name)[:] = rng.integers(low, high, n)
    mine, theirs = (
        HeldCounts(*(np.ones(shape, dtype=np.int64) for shape in ((4, 5), (3, 2, 3), (3,)))) for _ in range(2)
    )
    count_held(people, -1, mine, population.victims)
    count_held_numpy(people, -1, theirs, population.victims)
    for own, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(own, other)


def test_people_and_followers_enter_a_state_and_are_counted() -> None:
    """Person 0 heads 1 and 2; person 3 once followed 0 and does no longer."""
    people = Population(5, 1.0)
    people.head[:] = [0, 0, 0, 0, 4]
    people.index_families()
    people.head[3], people.size[0], people.leg[0], people.place[0] = 3, 3, 6, 2
    people.recount()
    np.testing.assert_array_equal(people.followers(np.array([0, 4])), [1, 2])
    people.move(np.array([0]), State.DEAD)
    assert people.counts[State.DEAD, 0, 0] == 3 and people.counts[State.HOME, 0, 0] == 2 and people.counts.sum() == 5
    np.testing.assert_array_equal(people.state == State.DEAD, [True, True, True, False, False])
    np.testing.assert_array_equal(people.leg, [6, 6, 6, -1, -1])
    assert people.place[1] == 2 and people.due[1] == NEVER and people.due[3] == 0


@pytest.mark.parametrize("seed", [3, 2**40])
def test_passages_end_as_those_of_the_twin(seed: int) -> None:
    """Followers with a fate of their own are left to the test of families: here everyone travels alone."""
    rng = np.random.default_rng(8)
    n, n_legs, n_sellers = 4000, 12, 5
    people, streams = Population(n, 1.0), Streams(seed)
    people.leg[:], people.journeys[:] = rng.integers(0, n_legs, n), rng.integers(0, 5, n)
    people.organisation[:] = rng.integers(-1, n_sellers, n)
    people.susceptibility[:] = rng.uniform(0.5, 2, n)
    legs = LegRisks(*rng.uniform(0, 1, (11, n_legs)), inland=rng.random(n_legs) < 0.5)
    sellers = Sellers(*rng.uniform(0.5, 1, (3, n_sellers)))
    counts = np.zeros((N_COUNTS, n_legs))
    diary, book = new_diary(n), JourneyCounts(
        np.arange(n_legs, dtype=np.int32) % 3 - 1, np.arange(n_legs, dtype=np.int32), np.ones(n_legs, dtype=np.bool_),
        np.arange(10), np.zeros((2, 1)), np.zeros((1, 4)), counts,
    )  # fmt: skip
    clock = Clock(9, 0.02, *streams.key)
    outcome, chances = end_passages(np.arange(n), people.travellers, diary, legs, sellers, 0.5, book, clock)
    leg = people.leg
    interception, distress, held = risks_numpy(leg, people.organisation, legs, sellers)
    luck = streams.uniforms(Stream.CROSSING, np.arange(n), leg, people.journeys)
    twin = outcomes_numpy(luck, interception, distress, legs.coverage[leg], held * people.susceptibility)
    np.testing.assert_array_equal(outcome, twin)
    by_leg = dict(zip(COUNTED, counts, strict=False))
    np.testing.assert_array_equal(by_leg["deaths"], np.bincount(leg[twin == 2], minlength=n_legs))
    np.testing.assert_array_equal(by_leg["interceptions"], np.bincount(leg[twin == 1], minlength=n_legs))
    client = people.organisation >= 0
    np.testing.assert_array_equal(counts[-1], np.bincount(leg[client & (twin == 1)], minlength=n_legs))
    np.testing.assert_array_equal(counts[-2], np.bincount(leg[client & (twin % 3 == 0)], minlength=n_legs))
    np.testing.assert_array_equal(by_leg["passages"], np.bincount(leg, minlength=n_legs))
    np.testing.assert_array_equal(by_leg["arrivals"] + by_leg["deaths"] + by_leg["interceptions"], by_leg["passages"])
    assert np.all(by_leg["deaths_recorded"] <= by_leg["deaths"]) and by_leg["rescues"].sum() > 0
    held = np.minimum(held * people.susceptibility, 1.0)
    np.testing.assert_allclose(chances, fates_numpy(interception, distress, legs.coverage[leg], held))
    np.testing.assert_allclose(by_leg["expected_deaths"], np.bincount(leg, chances[:, 1], minlength=n_legs))
    recorded = by_leg["expected_deaths"] * legs.recording
    np.testing.assert_allclose(by_leg["expected_deaths_recorded"], recorded)
    # Drawn as often as expected: three z tests, false alarm 0.1 % each.
    drawn = np.array([np.sum(outcome == kind) for kind in (1, 2, 3)])
    error = np.sqrt((chances * (1 - chances)).sum(axis=0))
    assert np.all(np.abs(drawn - chances.sum(axis=0)) < 3.3 * error)
    assert book.detections.sum() == by_leg["detections"][book.route >= 0].sum() > 0
    assert book.first_detections[0].tolist() == [0, 0, 0, by_leg["detections"].sum()], "all left before the run"
    np.testing.assert_array_equal(diary["stopped"], twin == 1)


@pytest.mark.statistical
def test_practice_follows_its_shares_and_says_where_people_are_brought() -> None:
    """Chi-square; error rate ALPHA."""
    n, shares = 20_000, np.array([0.1, 0.3, 0.2, 0.4])
    people, clock = Population(n, 1.0), Clock(3, 0.02, *Streams(1).key)
    practice = Practice(np.cumsum(shares)[:3, None], np.array([0]), np.array([[5], [8]]))
    treatment, _ = treat_intercepted(np.arange(n), np.zeros(n, dtype=int), people.records, practice, clock)
    assert stats.chisquare(np.bincount(treatment, minlength=4), n * shares).pvalue > ALPHA
    np.testing.assert_array_equal(people.place, np.where(treatment == 0, 5, 8))
    assert np.all(people.accrued == 3)


def test_places_go_to_families_in_random_order_while_they_last() -> None:
    """Leg 0 has room for all; on leg 1 families of two share five places, of which the last family takes one more."""
    n = 40
    leg, seats = np.repeat([0, 1], n // 2).astype(np.int32), np.full(n, 2, dtype=np.uint8)
    wanted, places = np.array([40.0, 40.0]), np.array([40, 5])
    chosen = []
    for seed in range(20):
        admitted, taken = ration(np.arange(n), leg, seats, wanted, places, Clock(0, 0.02, *Streams(seed).key))
        np.testing.assert_array_equal(taken, [40, 6])
        assert admitted[:20].all() and admitted[20:].sum() == 3
        chosen.append(tuple(np.flatnonzero(admitted[20:])))
    assert len(set(chosen)) > 15


def test_pathways_are_chosen_as_by_the_twin() -> None:
    rng = np.random.default_rng(3)
    n, communities, strictness = 3000, 4, 0.7
    people, streams = Population(n, 1.0), Streams(5)
    people.community[:] = rng.integers(0, communities, n)
    people.schooling[:], people.ties[:] = rng.random((2, n)) < 0.3
    asks, applying = np.array([1, 0, 2, 1]), rng.random(4)
    eligible, usual = (
        0.5 * rng.random((communities, 4)),
        np.vstack([np.ones(communities), rng.random((2, communities))]),
    )
    rules, clock = Eligibility(eligible, asks, usual, strictness), Clock(0, 0.02, *streams.key)
    chosen = choose_pathways(np.arange(n), people.records, rules, applying, clock)
    has = np.array([np.ones(n, dtype=bool), people.schooling, people.ties])
    chances = chances_numpy(eligible[people.community], asks, has, usual[:, people.community], strictness)
    u = streams.uniforms(Stream.PATHWAY, np.arange(n))
    found = (np.cumsum(chances, axis=1) <= u[:, :1]).sum(axis=1)
    applies = u[:, 1] < np.append(applying, 0.0)[found]
    np.testing.assert_array_equal(chosen, np.where(applies, found, -1))


@pytest.mark.parametrize("seed", range(3))
def test_episodes_begin_as_in_the_twin(seed: int) -> None:
    rng, n = np.random.default_rng(seed), 300
    population, people = Population(n, 1.0), np.arange(0, n, 2)
    population.sex[:], population.age[:] = rng.integers(0, 2, n), rng.integers(0, 3, n)
    population.place[:], population.episodes[:] = rng.integers(0, 5, n), rng.integers(0, 2, n)
    population.bond_usd[:] = np.where(rng.random(n) < 0.5, 0.0, 5000 * rng.random(n))
    profile, openings = rng.random((4, len(Sector), len(Form))), rng.random((5, len(Sector)))
    openings[1] = 0.0
    channel, exploiter_of = (
        rng.choice([Channel.CAPTIVITY, Channel.JOB, Channel.SOLD], people.size),
        np.array([-1, 0, 1, 2, 3]),
    )
    streams, terms = Streams(seed), EpisodeParameters(0.3, 4000.0, 0.5)
    who = GROUP[population.sex[people], population.age[people]], population.place[people], population.bond_usd[people]
    past = population.episodes.copy()
    luck = streams.uniforms(Stream.EXPLOITATION, people, past[people])
    inputs = EpisodeInputs(openings, profile, GROUP, exploiter_of)
    twin = begin_episodes_numpy(who, channel, luck, inputs, terms)
    clock = Clock(0, 0.02, *streams.key)
    is_bonded, repeated = begin_episodes(people, channel, population.victims, inputs, terms, clock)
    for name, column in zip(("sector", "form", "channel", "exploiter"), twin, strict=True):
        np.testing.assert_array_equal(getattr(population, name)[people], column, err_msg=name)
    np.testing.assert_array_equal(is_bonded, population.channel[people] == Channel.DEBT)
    assert is_bonded.any() and repeated == past[people].sum()
    np.testing.assert_array_equal(population.episodes - past, np.arange(n) % 2 == 0)


def test_job_openings_and_rates_equal_those_of_the_twins() -> None:
    rng = np.random.default_rng(8)
    jobs, held = 20 * rng.random((5, 7)), rng.integers(0, 9, (5, 7))
    arguments = jobs, held, 3.0, rng.random((5, 7)), rng.integers(0, 2, (5, 7)).astype(float), 50 * rng.random(7)
    mine = -20 * rng.random((5, 7))
    theirs = mine.copy()
    np.testing.assert_allclose(open_jobs(*arguments, mine), open_jobs_numpy(*arguments, theirs))
    np.testing.assert_allclose(mine, theirs)
    rates, hazard, doors, group = np.zeros((5, 25, 2), "f4"), rng.random((5, 25)), rng.random((5, 4)), np.arange(25) % 4
    write_job_rates(rates[:, :, 0], hazard, doors, group)
    np.testing.assert_array_equal(rates[:, :, 0], job_rates_numpy(hazard, doors, group))
    assert not rates[:, :, 1:].any()


def test_quotas_are_handed_out_as_in_the_twins() -> None:
    rng = np.random.default_rng(11)
    places, queued = rng.integers(0, 3, 20) * rng.random(20), rng.integers(0, 4, 20)
    np.testing.assert_allclose(share_applying(places, queued, 0.4, 2.0), share_applying_numpy(places, queued, 0.4, 2.0))
    mine = 6 * rng.random(20) - 2
    theirs = mine.copy()
    np.testing.assert_array_equal(open_places(mine, places, queued), open_places_numpy(theirs, places, queued))
    np.testing.assert_allclose(mine, theirs)


# --- lists of people --------------------------------------------------------------------------------------------------


def in_families(n: int, seed: int) -> Population:
    """Return random people, a fifth of whom travel with somebody."""
    rng, people = np.random.default_rng(seed), Population(n, 1.0)
    people.place[:], people.state[:] = rng.integers(0, 40, n), rng.integers(0, N_STATES, n)
    people.sex[:], people.age[:], people.status[:] = (rng.integers(0, k, n) for k in (2, 3, 4))
    heads, followers = np.arange(n // 5), np.arange(n - n // 5, n)
    people.head[followers] = rng.permutation(heads)
    people.size[people.head[followers]] = 2
    people.index_families()
    people.recount()
    return people


def test_many_people_change_state_at_once_as_one_by_one() -> None:
    """A list that is cut into parts for threads: heads with and without their followers, followers without heads."""
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    n = 8 * MANY
    together, apart = in_families(n, 7), in_families(n, 7)
    people = np.flatnonzero(np.random.default_rng(8).random(n) < 0.6)
    together.move(people, State.WAITING)
    for i in people:
        apart.move(np.array([i]), State.WAITING)
    assert people.size > 2 * MANY
    np.testing.assert_array_equal(together.records, apart.records)
    for column in ("state", "cell", "due", "immobile"):
        np.testing.assert_array_equal(together.get(column), apart.get(column), column)
    np.testing.assert_array_equal(together.counts, apart.counts)
    together.recount()
    np.testing.assert_array_equal(together.counts, apart.counts, "counts are kept")


@given(
    one=st.lists(st.integers(0, 30), max_size=15, unique=True),
    other=st.lists(st.integers(0, 30), max_size=15, unique=True),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_merged_lists_have_everyone_once_and_sorted(one: list[int], other: list[int]) -> None:
    lists = (np.array(sorted(people), dtype=np.int64) for people in (one, other))
    np.testing.assert_array_equal(merge(*lists), sorted({*one, *other}))


def test_records_begin_where_cache_lines_do() -> None:
    records = Population(33, 1.0).records
    assert records.itemsize == 64 and records.ctypes.data % 64 == 0
