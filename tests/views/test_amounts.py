"""Real amounts, planned spending, packages of one budget, countries and first years."""

import datetime as dt

import pytest

from corridor.experiments.runs.run import Job, simulate
from corridor.model.errors import InvalidInput
from corridor.model.policies import Measure
from corridor.scenarios import interventions, load_policy
from corridor.views.amounts import budget_words, package_words
from corridor.views.budget import of_budget
from corridor.views.levels import Period, planned, real_amount
from corridor.views.package import Package, measures_for, packages_for
from corridor.views.place import countries_for
from tests.views.questions import question

PAST = Period(2014, 2017)
MEDITERRANEAN = "mediterranean"


@pytest.mark.parametrize("corridor", ["tutorial", MEDITERRANEAN])
def test_every_measure_has_a_real_amount_without_and_with_it(corridor):
    period = Period(2001, 2002) if corridor == "tutorial" else PAST
    for what in measures_for(corridor):
        words = real_amount(corridor, Measure(what=what, amount=interventions()[what].high), period)
        assert " without it, " in words and " with it" in words, what


def test_amounts_are_those_of_the_years_that_are_compared():
    doubled = Measure(what="legal_work_places", amount=1)
    assert real_amount(MEDITERRANEAN, doubled, PAST) == "places a year: 15,083 without it, 30,166 with it"
    vessels = Measure(what="search_and_rescue", amount=2, target=("italian_navy",))
    assert real_amount(MEDITERRANEAN, vessels, Period(2014, 2014)) != real_amount(
        MEDITERRANEAN, vessels, Period(2016, 2016)
    )


def test_planned_spending_is_what_the_simulation_books_for_measures_and_staff(world):
    """The toy world without people's doings: cost of a package of shelter places and campaigns over the baseline."""
    package = Package("tutorial", "own", (("awareness_campaign", 0.2), ("shelter_places", 1.0)))
    period = Period(2001, 2001)
    ours, theirs = (simulate(Job(world, policy, 0)) for policy in (package.policy, load_policy("baseline")))
    booked = float(ours["policy_cost_usd"].sum() - theirs["policy_cost_usd"].sum())
    places = sum(service.places * service.cost_usd_per_place_year for service in world.corridor.services)
    half_year = 0.5  # moved in over the whole year
    assert planned(package, period).average == pytest.approx(booked + half_year * places, rel=0.1)
    assert planned(package, period).full == pytest.approx(2 * planned(package, period).average, rel=0.1)


def test_packages_get_the_same_budget_with_the_same_composition():
    for base in ("border_enforcement", "safe_pathways", "rescue"):
        package = Package(MEDITERRANEAN, base)
        found = of_budget(package, 1e8, PAST)
        assert planned(found, PAST).average == pytest.approx(1e8, rel=0.02)
        ratios = [found.amounts[what] / amount for what, amount in package.amounts.items() if amount < 1]
        assert max(ratios, default=1) == pytest.approx(min(ratios, default=1), rel=0.02)
        assert found.title.startswith(f"{package.title}, amounts × ")
    twice = Package.of_text(MEDITERRANEAN, "rescue~ngo_rescue:2~search_and_rescue:4")
    assert twice.title == "Rescue, amounts × 2", "push-backs are ended already"
    assert "changed" in Package.of_text(MEDITERRANEAN, "rescue~ngo_rescue:2~search_and_rescue:5").title


@pytest.mark.parametrize("usd", [0.0, 1e13])
def test_a_budget_that_no_amounts_cost_is_refused(usd):
    assert of_budget(Package(MEDITERRANEAN, "rescue"), usd, PAST) is None
    assert of_budget(Package(MEDITERRANEAN, "own", (("detention", 0.2),)), 1e6, PAST) is None


def test_budget_in_words_tells_what_is_left_out():
    assert "without what follows an indicator" in budget_words(Package(MEDITERRANEAN, "adaptive"), PAST)
    nothing = budget_words(Package(MEDITERRANEAN, "own", (("detention", 0.2),)), PAST)
    assert nothing == "Planned spending: nothing more than without it."
    assert package_words(Package(MEDITERRANEAN, "rescue"), PAST)[-1].startswith("Planned spending: ")


class TestPlace:
    @pytest.mark.parametrize("text", ["rescue~in:ITA~from:2016", "own~border_patrols:1~in:GRC", "adaptive~from:2015"])
    def test_address_holds_country_and_first_year(self, text):
        package = Package.of_text(MEDITERRANEAN, text)
        assert package.text == text and package.key != package.base

    def test_measures_act_in_the_country_from_the_year_on(self):
        package = Package.of_text(MEDITERRANEAN, "border_enforcement~in:GRC~from:2016")
        for measure in package.file.measures:
            assert measure.target == ("hellenic_police_evros",) and measure.start == dt.date(2016, 1, 1)
        assert package.title == "Border enforcement, in Greece, from 2016"

    def test_what_cannot_be_limited_and_what_is_left_out_is_said(self):
        words = Package.of_text(MEDITERRANEAN, "victim_centred~in:ITA").description
        assert "Left out, for nothing of it acts there: alternatives to detention." in words
        assert "Cannot be limited to a country: " in words and "right to work" in words

    @pytest.mark.parametrize(
        "text", ["rescue~in:XXX", "rescue~in:../x", "rescue~from:16", "rescue~from:1e3", "border_enforcement~in:SYR"]
    )
    def test_a_place_or_year_that_does_not_go_is_refused(self, text):
        with pytest.raises(InvalidInput):
            Package.of_text(MEDITERRANEAN, text)

    def test_a_first_year_outside_the_comparison_is_refused(self):
        with pytest.raises(InvalidInput, match="first year of a package"):
            question(MEDITERRANEAN, 2014, 2015, packages=("rescue~from:2017",))

    def test_countries_have_names(self):
        for code, name in countries_for(MEDITERRANEAN).items():
            assert name.lower() != code.lower()

    def test_a_ready_package_everywhere_is_what_it_was(self):
        for base in packages_for(MEDITERRANEAN):
            assert Package(MEDITERRANEAN, base).policy.settings == load_policy(base).settings
