"""The registry of behavioural parameters: every number that steers behaviour, once.

Documentation, calibration priors, sensitivity ranges and the browser's sliders all read `REGISTRY`. "evidence" in a
source means the project's evidence base, whose rows name author and year; "assumed" means that no measurement is known
and that the range should be swept before a result is quoted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from model.errors import InvalidInput

Obtained = Literal["measured", "estimated", "calibrated", "assumed"]


@dataclass(frozen=True)
class Parameter:
    """One behavioural parameter.

    Attributes
    ----------
    name, unit, meaning, source : str
    default, low, high : float
        Default and plausible range.
    obtained : {"measured", "estimated", "calibrated", "assumed"}
    process : str
        Process of the model that reads it.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    process: str
    obtained: Obtained
    source: str
    meaning: str


# fmt: off
def _rows() -> Iterator[Parameter]:
    p = Parameter
    # --- population ---------------------------------------------------------------------------------------------------
    yield p("savings_years", 0.8, 0.2, 3.0, "years of income per head", "population", "assumed",
            "assumed",
            "median savings of a potential migrant, family included")
    yield p("savings_spread", 1.0, 0.4, 1.6, "sd of log", "population", "assumed",
            "assumed",
            "inequality of savings")
    yield p("ties_share", 0.3, 0.1, 0.5, "share", "population", "estimated",
            "Gallup 2011: about 30 % of adults have someone abroad they can count on (evidence A, recalled)",
            "potential migrants with helpers abroad")
    yield p("bold_share", 0.33, 0.1, 0.6, "share", "population", "assumed",
            "assumed",
            "people with high risk tolerance")
    yield p("cautious_share", 0.33, 0.1, 0.6, "share", "population", "assumed",
            "assumed",
            "people with low risk tolerance")
    yield p("attitude_ratio", 2.0, 1.0, 4.0, "ratio", "population", "assumed",
            "assumed",
            "risk weight of the cautious over the middle, and of the middle over the bold")
    # --- families -----------------------------------------------------------------------------------------------------
    yield p("lone_child_share", 0.6, 0.1, 1.0, "share", "families", "estimated",
            "Italy 2023: 17,319 of 26,800 minors alone, a ninth of arrivals (UNICEF); US FY2021: 0.09 of encounters "
            "(CRS R46999)",
            "children who travel without an adult")
    yield p("accompanied_adult_share", 0.1, 0.0, 0.4, "share", "families", "assumed",
            "assumed; families are 0.27 of encounters in the US [0.15-0.45] (CRS R46999)",
            "adults of 30 and over who travel with the head of a family")
    yield p("followers_per_family", 2.0, 1.0, 4.0, "persons", "families", "assumed",
            "assumed",
            "people who travel with the head of a family, on average")
    yield p("shared_fate", 0.9, 0.0, 1.0, "share", "families", "assumed",
            "assumed",
            "members of a family in distress who live or die with its head; others have luck of their own")
    yield p("detention_separation", 0.1, 0.0, 0.5, "share", "families", "assumed",
            "assumed",
            "families that authorities part when they detain them")
    yield p("lone_child_effect", 1.5, 1.0, 4.0, "ratio", "exploitation", "assumed",
            "assumed; form b_minor_alone (evidence F)",
            "hazard of exploitation of children alone over other children")
    # --- aspiration ---------------------------------------------------------------------------------------------------
    yield p("departure_rate", 0.01, 0.0005, 0.1, "per year", "aspiration", "assumed",
            "assumed; first-order scaling to the sum of observed detections 2011-2018, not a fit",
            "hazard of wanting to leave for a person without ties when nothing pushes and the value is at "
            "its midpoint")
    yield p("aspiration_slope", 0.5, 0.1, 1.0, "per util", "aspiration", "assumed",
            "assumed",
            "effect of the value of leaving on the hazard (log points)")
    yield p("aspiration_midpoint", 4.0, 0.0, 8.0, "utils", "aspiration", "assumed",
            "assumed",
            "value of leaving at which the hazard is departure_rate")
    yield p("conflict_effect", 1.5, 0.5, 3.0, "log points per unit index", "aspiration", "estimated",
            "0.30 per step of a five-step terror scale (Hatton and Moloney 2015, size recalled): 1.5 over the scale",
            "armed conflict at home")
    yield p("displaced_effect", 5.0, 1.0, 8.0, "log points per unit share", "aspiration", "assumed",
            "assumed",
            "share of the population already displaced (internally or in the region)")
    yield p("instability_effect", 0.3, 0.0, 0.8, "log points per sd", "aspiration", "assumed",
            "assumed",
            "political instability above the world mean")
    yield p("wage_effect", 0.7, 0.3, 1.0, "elasticity", "aspiration", "estimated",
            "Hanson and Spilimbergo 1999 (recalled): a 10 % fall of real wages raises attempts by 6 to 8 %",
            "response of leaving to a fall of income at home below its trend")
    yield p("climate_effect", 0.1, 0.0, 0.25, "log points per sd", "aspiration", "estimated",
            "Cattaneo and Peri 2016 (sign); size assumed",
            "slow climate stress at home")
    yield p("ties_effect", 3.0, 2.0, 4.0, "ratio", "aspiration", "estimated",
            "Gallup 2011: odds ratio 3.5, shaded down for confounding",
            "hazard of those with ties over those without")
    yield p("young_effect", 1.5, 1.0, 2.5, "ratio", "aspiration", "assumed",
            "assumed",
            "hazard of those aged 18 to 29 over others")
    yield p("fade_rate", 0.5, 0.1, 1.5, "per year", "aspiration", "assumed",
            "assumed",
            "hazard that a person who prepares gives up the idea")
    yield p("campaign_effect", 0.05, 0.0, 0.2, "share", "aspiration", "estimated",
            "campaign_behaviour_effect (evidence B): no trial shows a larger effect on departures; size assumed",
            "fall of the hazard among people reached by trusted information")
    yield p("campaign_halflife", 6.0, 2.0, 18.0, "months", "aspiration", "assumed",
            "assumed",
            "memory of a campaign")
    yield p("livelihood_effect", 0.5, 0.0, 1.5, "log points per unit share of income", "aspiration", "assumed",
            "assumed; sign contested (evidence A: wealth_constraint_form)",
            "fall of the hazard from income support at home")
    yield p("schooling_effect", 1.2, 0.7, 2.0, "ratio", "aspiration", "assumed",
            "assumed; sign contested (schooling widens horizons, and raises what one gives up)",
            "hazard of those with secondary schooling over others")
    yield p("schooling_income", 1.2, 1.0, 2.0, "ratio", "education", "assumed",
            "assumed",
            "savings and earnings of those with secondary schooling over others")
    yield p("training_effect", 0.1, 0.0, 0.3, "share", "education", "assumed",
            "assumed; training lowered intentions and steps taken (Bah et al. 2023)",
            "fall of the hazard among people with vocational training")
    yield p("training_income", 0.25, 0.0, 0.5, "share", "education", "assumed",
            "assumed",
            "rise of income at home with vocational training")
    # --- pathways -----------------------------------------------------------------------------------------------------
    yield p("legal_diversion", 0.5, 0.1, 0.9, "share", "pathways", "estimated",
            "parole programmes 2022-24 (DHS 2023, CAP 2024); size assumed",
            "eligible people who apply when the wait is short")
    yield p("legal_patience", 1.0, 0.25, 3.0, "years", "pathways", "assumed",
            "assumed",
            "expected wait that halves applications, and mean time before an applicant gives up waiting")
    yield p("eligibility_strictness", 0.8, 0.0, 1.0, "share", "pathways", "assumed",
            "assumed",
            "work and study places kept for the schooled, and family places for those with ties abroad")
    # --- choice -------------------------------------------------------------------------------------------------------
    yield p("foresight", 0.95, 0.7, 1.0, "discount per leg", "choice", "assumed",
            "Oyama and Hato 2017 (form)",
            "weight of what comes after the next leg")
    yield p("choice_scale", 1.0, 0.3, 2.0, "utils", "choice", "assumed",
            "unit of utility",
            "spread of unobserved tastes")
    yield p("income_utility", 1.0, 0.3, 2.0, "utils per log income ratio", "choice", "assumed",
            "assumed",
            "income at a destination relative to home")
    yield p("ties_utility", 0.6, 0.3, 0.9, "utils per log of (1 + thousand compatriots)", "choice", "estimated",
            "diaspora_flow_elasticity (Beine, Docquier and Ozden 2011, size recalled)",
            "compatriots at a destination")
    yield p("size_utility", 0.7, 0.0, 1.0, "utils per log of population", "choice", "assumed",
            "size term of aggregate alternatives (McFadden 1978, form); 1 if openings grow with population",
            "population of a country of settlement")
    yield p("unemployment_utility", -0.05, -0.15, 0.0, "utils per percentage point", "choice", "estimated",
            "Hatton and Moloney 2015 (sign); size assumed",
            "unemployment at a destination")
    yield p("grant_utility", 1.0, 0.0, 3.0, "utils per unit share", "choice", "assumed",
            "assumed",
            "prospect of asylum at a destination")
    yield p("language_utility", 0.5, 0.0, 1.5, "utils", "choice", "assumed",
            "assumed",
            "a shared language")
    yield p("fee_utility", -0.25, -0.6, -0.1, "utils per 1,000 USD", "choice", "estimated",
            "demand elasticity -0.5 (Mbaye 2014, sign; size assumed) at a fee of 2,000 USD",
            "fees and travel costs")
    yield p("time_utility", -0.05, -0.2, 0.0, "utils per week", "choice", "assumed",
            "assumed",
            "time under way")
    yield p("distance_utility", -0.6, -0.8, -0.3, "utils per 1,000 km", "choice", "estimated",
            "elasticity -3 to route length (Friebel et al. 2024) at 5,000 km",
            "length of the way")
    yield p("stage_utility", -1.0, -3.0, 0.0, "utils per leg", "choice", "assumed",
            "assumed; link constant of route choice models (Fosgerau et al. 2013, form)",
            "effort of every further leg")
    yield p("papers_utility", -1.0, -5.0, 0.0, "utils", "choice", "assumed",
            "assumed; constant of an alternative (look-alike papers, language and contacts are scarce)",
            "travelling by air on papers bought from smugglers, beside the fee")
    yield p("death_utility", -10.0, -40.0, -4.0, "utils per unit probability", "choice", "estimated",
            "median tolerated death risk 0.25 (Mbaye 2014) against a value of leaving of about 2.5 utils",
            "perceived risk of death")
    yield p("interception_utility", -1.0, -4.0, 0.0, "utils per unit probability", "choice", "assumed",
            "assumed",
            "perceived risk of interception")
    yield p("interception_foresight", 1.0, 0.0, 1.0, "share", "choice", "assumed",
            "assumed; form: value of an attempt over its outcomes (EV_dest = p_arrive ..., evidence A)",
            "how far people reckon with where an interception would leave them")
    yield p("waiting_utility", -0.05, -0.2, 0.0, "utils per week", "choice", "assumed",
            "assumed: as time under way",
            "waiting for a passage, or in detention")
    yield p("exploitation_utility", -3.0, -8.0, 0.0, "utils per unit probability", "choice", "assumed",
            "assumed",
            "perceived risk of exploitation")
    yield p("host_utility", -2.0, -5.0, 0.0, "utils", "choice", "assumed",
            "assumed",
            "settling on the way, without prospect of status, beside a destination")
    yield p("give_up_utility", -1.0, -3.0, 1.0, "utils", "choice", "assumed",
            "assumed",
            "value of going home from a place on the way")
    # --- beliefs ------------------------------------------------------------------------------------------------------
    yield p("prior_death_ratio", 3.0, 0.3, 10.0, "ratio", "beliefs", "estimated",
            "Bah and Batista 2019: young rural Gambians overestimate; the opposite is found elsewhere",
            "death risk believed at first over the reference risk")
    yield p("prior_strength", 500.0, 50.0, 5000.0, "persons", "beliefs", "assumed",
            "assumed",
            "evidence that weighs as much as first beliefs")
    yield p("news_share", 0.7, 0.4, 0.95, "share", "beliefs", "estimated",
            "Hinsch and Bijak 2019, 2023 (qualitative); size assumed",
            "experiences that are told at home")
    yield p("death_news_share", 0.4, 0.1, 0.9, "share", "beliefs", "assumed",
            "assumed",
            "deaths that become known at home, relative to other news (the dead send no messages)")
    yield p("news_delay", 4.0, 1.0, 26.0, "weeks", "beliefs", "assumed",
            "assumed",
            "mean delay of news")
    yield p("memory", 2.0, 0.8, 12.0, "months", "beliefs", "estimated",
            "route_inertia 0.6 a month [0.3-0.85] (evidence E; Hinsch and Bijak 2023, qualitative): -1 / ln 0.6",
            "time that evidence counts")
    yield p("advertising_bias", 0.15, 0.0, 0.5, "log points", "beliefs", "assumed",
            "assumed; 4 % name smugglers as an influence (MMC 2024)",
            "how far smugglers' advertising lowers perceived risks")
    for channel, (trust, low, high, emphasis, source) in _CHANNELS.items():
        yield p(f"trust_{channel}", trust, low, high, "share", "beliefs", "assumed", source,
                f"weight of what is told ({channel}) against one's own belief")
        yield p(f"emphasis_{channel}", emphasis, 0.5, 4.0, "ratio", "beliefs", "assumed", "assumed",
                f"risks as told ({channel}) over true risks: 1 for facts, more for warnings")
    # --- departure ----------------------------------------------------------------------------------------------------
    yield p("decision_rate", 20.0, 4.0, 50.0, "per year", "departure", "assumed",
            "assumed",
            "how often a person who waits looks for a way on")
    yield p("saving_rate", 0.3, 0.05, 0.6, "share of income", "departure", "assumed",
            "assumed",
            "income set aside by people who prepare or wait")
    yield p("transit_income", 0.5, 0.1, 1.0, "ratio to income at home", "departure", "assumed",
            "assumed",
            "earnings of people who wait on the way")
    yield p("family_credit_years", 0.5, 0.0, 2.0, "years of income per head", "departure", "assumed",
            "assumed",
            "what relatives can lend")
    yield p("ties_credit", 2000.0, 0.0, 6000.0, "USD", "departure", "assumed",
            "assumed",
            "what helpers abroad can lend on top")
    yield p("smuggler_credit_share", 0.1, 0.0, 0.3, "share", "departure", "estimated",
            "payment_mix (evidence C): debt 0.10; form verified, size assumed",
            "people to whom smugglers lend")
    yield p("smuggler_credit_limit", 8000.0, 2000.0, 30000.0, "USD", "departure", "assumed",
            "assumed; labour debts of 2,000 to 10,000 USD are reported (evidence F)",
            "most that smugglers lend")
    yield p("escrow_share", 0.3, 0.0, 0.7, "share", "departure", "estimated",
            "payment_mix (evidence C): 0.2 West and Central Africa, 0.5 Afghan and Kurdish; size assumed",
            "buyers with means who pay on arrival through a third party")
    yield p("credit_interest", 0.3, 0.0, 1.0, "share", "departure", "assumed",
            "assumed",
            "interest on smugglers' loans")
    yield p("give_up_rate", 0.3, 0.05, 1.0, "per year", "departure", "assumed",
            "assumed",
            "hazard that a person who waits on the way goes home")
    # --- market -------------------------------------------------------------------------------------------------------
    yield p("input_share", 0.5, 0.3, 0.7, "share of fee", "market", "measured",
            "Koser 2008 (n = 50)",
            "craft, papers, bribes and helpers in the reference fee")
    yield p("fee_success_exponent", 0.25, 0.05, 0.6, "exponent", "market", "estimated",
            "derived: a threefold patrol at a 0.3 risk raises the fee by 17 to 20 % as in Gathmann 2008",
            "fee moves with the chance of success to the power of minus this (repeat tries are included)")
    yield p("markup", 0.5, 0.1, 1.5, "share of cost", "market", "assumed",
            "assumed",
            "markup when demand equals capacity")
    yield p("scarcity_exponent", 0.5, 0.1, 1.5, "exponent", "market", "assumed",
            "assumed",
            "markup rises with demand over capacity to this power")
    yield p("markup_ceiling", 4.0, 2.0, 10.0, "ratio", "market", "assumed",
            "assumed",
            "highest markup over the markup at balance")
    yield p("price_adjustment", 1.0, 0.2, 4.0, "per month", "market", "assumed",
            "assumed",
            "speed at which fees move")
    yield p("capacity_growth", 0.6, 0.1, 2.0, "per month", "market", "assumed",
            "assumed; low threshold of entry (NCA 2020), rivals absorb share (Campana 2018)",
            "fastest growth of an organisation's capacity under excess demand")
    yield p("capacity_decay", 0.1, 0.02, 0.5, "per month", "market", "assumed",
            "assumed",
            "fall of idle capacity")
    yield p("slack", 1.3, 1.0, 2.0, "ratio", "market", "assumed",
            "assumed",
            "capacity that organisations aim at, over demand")
    yield p("capacity_start", 20.0, 1.0, 200.0, "persons per week and leg", "market", "assumed",
            "assumed; trips per organiser and month 4 (Campana 2018 ratio)",
            "capacity of an organisation at the start")
    yield p("max_load", 2.0, 1.2, 3.0, "ratio to design load", "market", "estimated",
            "Channel: 30 to 54 persons a boat 2022-24 (French maritime prefecture, press)",
            "most that a craft is loaded")
    yield p("reputation_memory", 6.0, 1.0, 24.0, "months", "market", "assumed",
            "assumed",
            "memory of a reputation")
    yield p("reputation_weight", 1.0, 0.0, 3.0, "utils", "market", "assumed",
            "assumed (evidence C: mechanism)",
            "weight of an organisation's share of clients through, in choosing among offers")
    yield p("price_weight", -1.0, -3.0, 0.0, "utils per 1,000 USD", "market", "assumed",
            "assumed",
            "weight of an offer's fee in choosing among offers")
    yield p("entry_rate", 1.5, 0.0, 6.0, "per year and hub", "market", "assumed",
            "low threshold (NCA 2020); organisers replaced in 2 months [0.5-6] (Campana 2018); size assumed",
            "new organisations at a hub whose markup is twice that at balance")
    yield p("exit_months", 6.0, 2.0, 24.0, "months", "market", "assumed",
            "assumed",
            "months of losses that an organisation can cover from its starting capital")
    yield p("fixed_cost_share", 0.05, 0.0, 0.5, "share of capacity at reference fee", "market", "assumed",
            "assumed",
            "running cost of capacity, used or not")
    yield p("concentration_exponent", 0.3, 0.0, 1.0, "exponent", "market", "assumed",
            "assumed; markup falls with rivals (Cournot, form)",
            "markup rises with the Herfindahl index of a hub over that at the start to this power")
    yield p("craft_cost", 0.09, 0.03, 0.3, "share of fee", "market", "estimated",
            "a boat of 4,000 for gross takings of 45,000 USD (NCA via Telegraph)",
            "craft of a client, lost with an interception at sea")
    yield p("craft_loss", 0.8, 0.0, 1.0, "share", "market", "assumed",
            "assumed",
            "craft intercepted at sea that are seized or destroyed")
    yield p("craft_weeks", 4.0, 1.0, 12.0, "weeks of capacity", "market", "assumed",
            "assumed",
            "craft that organisations hold")
    yield p("craft_replacement", 1.0, 0.2, 4.0, "per month", "market", "assumed",
            "assumed",
            "replacement of lost craft when supply is as at the start")
    yield p("leg_switching", 0.3, 0.0, 2.0, "per month", "market", "assumed",
            "assumed; displacement within 6 months [2-18] (evidence E)",
            "speed at which an organisation moves capacity to its scarcer legs")
    yield p("entry_cost", 3000.0, 500.0, 30000.0, "USD", "market", "assumed",
            "low threshold (NCA 2020, qualitative)",
            "outlay of a new organisation, and money needed to find new organisers")
    yield p("split_rate", 2.0, 0.0, 10.0, "per year", "market", "assumed",
            "assumed",
            "splits of an organisation that has its hub for itself and has lost all organisers")
    yield p("merger_rate", 0.3, 0.0, 1.0, "per year and doubling of enforcement", "market", "assumed",
            "enforcement_cartel_shift (Auriol and Mesnard 2016: theory; size assumed)",
            "takeovers at a hub with many organisations of like size")
    yield p("death_notoriety", 5.0, 1.0, 20.0, "failures", "market", "assumed",
            "assumed",
            "failures that one death of a client counts for in a reputation")
    # --- networks -----------------------------------------------------------------------------------------------------
    yield p("crew", 0.25, 0.05, 1.0, "members per person a week", "networks", "assumed",
            "4 trips a month per organiser, 15 % organisers (Campana 2018 ratio), some 30 persons a boat",
            "members that an organisation needs for its capacity")
    for service, roles in _CREWS.items():
        for role, value in roles.items():
            yield p(
                f"crew_{service}_{role}",
                value,
                0.0,
                1.0,
                "share",
                "networks",
                "assumed",
                "15 % organisers [10-25] (Campana 2018); split assumed",
                f"share of {role} posts in a crew for {service} (shares are normalised)",
            )
    yield p("role_complementarity", 2.0, 0.2, 10.0, "exponent", "networks", "assumed",
            "assumed; power mean, which goes to the minimum for large values",
            "how little one role can stand in for another")
    yield p("network_recovery", 0.35, 0.1, 0.7, "per month", "networks", "assumed",
            "Diviak 2023, Campana 2018 (qualitative)",
            "replacement of missing guides and transporters")
    yield p("organiser_recovery", 0.5, 0.1, 1.0, "ratio", "networks", "assumed",
            "2 months in loose markets, 6 in cartels (Campana 2018, qualitative)",
            "speed at which core members are replaced over that of others")
    yield p("custody_months", 3.0, 0.5, 12.0, "months", "networks", "assumed",
            "assumed",
            "mean time until those who are not convicted come back")
    yield p("viable_core", 0.1, 0.0, 0.5, "share", "networks", "assumed",
            "assumed",
            "posts of organisers that must be filled for an organisation without money to last")
    # --- conduct ------------------------------------------------------------------------------------------------------
    yield p("care_reference", 0.5, 0.2, 0.8, "index", "conduct", "assumed",
            "scale of the index",
            "care at the start, at which the distress risks of legs hold")
    yield p("care_bare", 0.3, 0.0, 0.5, "index", "conduct", "assumed",
            "assumed",
            "care at the target margin where reputation earns nothing")
    yield p("care_effect", 1.5, 0.0, 3.0, "log points per unit index", "conduct", "assumed",
            "assumed",
            "care on the hazard of distress")
    yield p("care_cost", 0.3, 0.0, 1.0, "share of cost per unit index", "conduct", "assumed",
            "assumed",
            "care on the cost of a passage")
    yield p("care_adjustment", 0.2, 0.02, 1.0, "per month", "conduct", "assumed",
            "assumed",
            "speed at which care changes")
    yield p("care_margin", 1.0, 0.0, 3.0, "index per unit margin", "conduct", "assumed",
            "assumed",
            "care that organisations cut when margins fall")
    yield p("care_reward", 1.0, 0.0, 3.0, "index", "conduct", "assumed",
            "payment on arrival aligns interests (Koser 2008, mechanism)",
            "care that payment on arrival brings out, times the weight of reputation")
    yield p("target_margin", 0.2, 0.0, 0.4, "share of fee", "conduct", "assumed",
            "assumed",
            "margin below which care is cut")
    yield p("craft_substitution", 0.4, 0.0, 0.8, "index per unit coverage", "conduct", "estimated",
            "SAR_boat_substitution (Deiana et al. 2020; contested: Rodriguez Sanchez et al. 2023)",
            "care that organisations drop at sea when rescue coverage rises above that at the start")
    yield p("bribe_price", 0.5, 0.0, 0.7, "share of fee per unit corruption", "conduct", "assumed",
            "assumed; bribes 0.15 [0.05-0.35] of the fee (evidence C) at a corruption of 0.3",
            "bribes per client")
    yield p("bribe_effectiveness", 1.0, 0.0, 1.0, "share", "conduct", "assumed",
            "paid passage is reported (Europol 2016); size assumed",
            "part of an agency's leaking effort that bribes buy")
    yield p("advert_share", 0.02, 0.0, 0.1, "share of fee", "conduct", "assumed",
            "assumed",
            "spending on advertising when capacity is in use; up to twice that when idle")
    yield p("advert_scale", 0.02, 0.005, 0.1, "share of fee", "conduct", "assumed",
            "assumed",
            "spending that reaches 63 % of buyers online")
    yield p("word_half", 100.0, 10.0, 1000.0, "persons", "conduct", "assumed",
            "assumed",
            "clients lately through whose word reaches half of buyers")
    yield p("reach_weight", 1.0, 0.0, 2.0, "exponent", "conduct", "assumed",
            "assumed",
            "weight of an organisation's reach in choosing among offers")
    # --- patrols ------------------------------------------------------------------------------------------------------
    yield p("patrol_learning", 0.3, 0.0, 1.0, "share", "patrols", "assumed",
            "assumed",
            "part of patrols that goes where interceptions were lately")
    yield p("patrol_memory", 3.0, 0.5, 12.0, "months", "patrols", "assumed",
            "assumed",
            "meaning of lately")
    yield p("rescue_per_vessel", 0.12, 0.03, 0.5, "per vessel", "patrols", "estimated",
            "eta_SAR 0.6 [0.3-0.85] with about eight vessels (UNHCR 2018, size assumed): -ln(1 - 0.6) / 8",
            "rescue coverage of a leg is 1 - exp(-this x vessels)")
    # --- crossing -----------------------------------------------------------------------------------------------------
    yield p("load_effect", 2.0, 0.5, 4.0, "log points per unit load", "crossing", "estimated",
            "Channel 2021-24 (French maritime prefecture 2024; partly recalled)",
            "crowding on distress risk")
    yield p("evasion_exponent", 0.53, 0.2, 1.0, "exponent", "crossing", "estimated",
            "US border: deaths tripled (Massey 2005) while staff grew about eightfold (DHS OIS 2017): ln 3 / ln 8",
            "danger of ways round patrols: distress grows with patrols over those at the start to this power")
    yield p("retry_share", 0.8, 0.6, 0.9, "share", "crossing", "measured",
            "DHS OIS 2017: p_retry_low_consequence",
            "people put back who stay to try again")
    yield p("detained_return_share", 0.3, 0.0, 0.8, "share", "crossing", "assumed",
            "assumed",
            "detained people who are returned to their country at the end")
    # --- settlement ---------------------------------------------------------------------------------------------------
    yield p("decision_months", 12.0, 3.0, 36.0, "months", "settlement", "assumed",
            "assumed",
            "mean time to a decision on asylum")
    yield p("need_odds", 4.0, 1.0, 20.0, "odds ratio", "settlement", "assumed",
            "assumed; recognition differs widely by origin (Eurostat)",
            "odds that asylum is granted to people in need of protection over others")
    yield p("asylum_share", 0.7, 0.3, 0.95, "share", "settlement", "assumed",
            "assumed",
            "people who settle without papers and claim asylum")
    yield p("return_rate", 0.15, 0.05, 0.3, "per year", "settlement", "estimated",
            "return_hazard_lowborder (Massey 2005, 2016: sign; size recalled)",
            "voluntary return of people without status")
    yield p("return_rate_regular", 0.03, 0.0, 0.1, "per year", "settlement", "assumed",
            "assumed",
            "voluntary return of people with status")
    yield p("removal_rate", 0.1, 0.02, 0.35, "per year", "settlement", "estimated",
            "return_rate_eu 0.26 of orders (Eurostat 2025), forced part about 0.43; spread over years",
            "forced return of people without status")
    yield p("irregular_income", 0.5, 0.3, 0.8, "ratio to income at the destination", "settlement", "estimated",
            "place_premium (Clemens et al. 2019, recalled) times 0.5 to 0.8 for irregular status",
            "earnings of people without status")
    yield p("repayment_share", 0.15, 0.05, 0.35, "share of income", "settlement", "estimated",
            "remit_share_income: first goes to debt (Koser 2008, IFAD)",
            "income that repays debt")
    yield p("reconsider_rate", 0.5, 0.1, 2.0, "per year", "settlement", "assumed",
            "assumed",
            "how often people settled on the way think again about going on")
    yield p("remigration_rate", 0.35, 0.15, 0.6, "per year", "settlement", "estimated",
            "re-migrate wish 0.35 (IOM / Samuel Hall, recalled)",
            "returned people who set out again")
    # --- exploitation -------------------------------------------------------------------------------------------------
    yield p("debt_effect", 0.2, 0.0, 0.4, "log points per 1,000 USD", "exploitation", "assumed",
            "assumed",
            "debt to smugglers on the hazard of exploitation")
    yield p("debt_cap", 30000.0, 5000.0, 60000.0, "USD", "exploitation", "measured",
            "bondage_debt (Guardian / IOM 2016, recalled)",
            "debt beyond which the hazard rises no further")
    yield p("female_effect", 1.5, 1.0, 3.0, "ratio", "exploitation", "assumed",
            "assumed; 61 % of detected victims are female (UNODC 2024)",
            "hazard of women and girls over men and boys")
    yield p("child_effect", 1.5, 1.0, 3.0, "ratio", "exploitation", "assumed",
            "assumed; 38 % of detected victims are children (UNODC 2024)",
            "hazard of children over adults")
    yield p("seeker_effect", 0.7, 0.3, 1.0, "ratio", "exploitation", "assumed",
            "assumed",
            "hazard of asylum seekers over people without status")
    yield p("regular_effect", 0.6, 0.3, 0.9, "ratio", "exploitation", "assumed",
            "status_protection_effect -0.4 (evidence F; size assumed)",
            "hazard of people with status over people without")
    yield p("assisted_effect", 0.4, 0.2, 1.0, "ratio", "exploitation", "estimated",
            "retraffick_24m: 0.4 with twelve months of support (IOM 2010; floor)",
            "hazard after full support over without")
    yield p("full_support_months", 12.0, 6.0, 24.0, "months", "exploitation", "estimated",
            "retraffick_24m: twelve months or more of support (IOM 2010; size assumed)",
            "support at the reference quality that gives full protection")
    yield p("repeat_effect", 2.0, 1.0, 6.0, "ratio", "exploitation", "assumed",
            "assumed; retraffick_24m 0.10 [0.01-0.3] (IOM 2010, floor) holds with it on the Mediterranean",
            "hazard just after an episode over that of people who never were victims")
    yield p("repeat_memory", 12.0, 3.0, 36.0, "months", "exploitation", "assumed",
            "assumed; most second episodes come within two years (IOM 2010)",
            "time in which the raised hazard after an episode fades")
    yield p("recruitment_rate", 0.002, 0.0, 0.02, "per year", "exploitation", "assumed",
            "assumed; deceptive_ad_share 0.10 of online contacts (UNODC 2020, qualitative)",
            "hazard that a person who prepares is recruited by deception, with no advert taken down")
    yield p("online_share", 0.4, 0.1, 0.8, "share", "exploitation", "assumed",
            "assumed; deceptive adverts (UNODC 2020, qualitative)",
            "deceptive recruitment that comes through adverts online")
    yield p("abduction_rate", 0.0005, 0.0, 0.005, "per year", "exploitation", "assumed",
            "assumed",
            "hazard that a person who prepares is recruited by force")
    yield p("ransom_share", 0.5, 0.2, 0.8, "share", "exploitation", "estimated",
            "half held against their will, 47 % forced to work (IOM DTM 2016-17)",
            "exploitation on the way that is captivity for ransom")
    yield p("ransom", 2000.0, 300.0, 20000.0, "USD", "exploitation", "measured",
            "MMC / Guardian 2019",
            "ransom paid")
    for group, shares in _FORM_SHARES.items():
        for form, (value, source) in shares.items():
            yield p(
                f"{form}_{group}",
                value,
                0.0,
                1.0,
                "share",
                "exploitation",
                "assumed" if source == "assumed" else "estimated",
                source,
                f"share of {form.replace('_', ' ')} among exploited {group} (shares are normalised)",
            )
    for sector, (jobs, inspection, women, men) in _SECTORS.items():
        label = sector.replace("_", " ")
        yield p(f"{sector}_jobs", jobs, 0.0, 1.0, "share", "demand", "assumed",
                "assumed; in line with the forms of detected victims (UNODC 2024)",
                f"share of jobs in exploitative conditions in {label} (shares are normalised)")
        yield p(f"{sector}_inspection", inspection, 0.0, 1.0, "share", "demand", *_INSPECTED.get(sector, _UNINSPECTED),
                f"workplaces in {label} that labour inspectors can enter")
        for sex, share in (("women", women), ("men", men)):
            if share is not None:
                yield p(f"{sector}_{sex}", share, 0.0, 1.0, "share", "demand", "assumed",
                        "assumed",
                        f"share of {label} among {sex}, and {_CHILDREN[sex]}, in forced labour (shares are normalised)")
    for form, (months, source) in _FORM_MONTHS.items():
        yield p(
            f"{form}_months",
            months,
            0.4 * months,
            2.5 * months,
            "months",
            "exploitation",
            "assumed" if source == "assumed" else "estimated",
            source,
            f"mean duration of {form.replace('_', ' ')}",
        )
    yield p("escape_share", 0.41, 0.2, 0.6, "share of exits", "exploitation", "measured",
            "UNODC GLOTIP 2022 (court files)",
            "episodes that end by the victim's own escape")
    yield p("authorities_share", 0.28, 0.15, 0.45, "share of exits", "exploitation", "measured",
            "UNODC GLOTIP 2022 (court files): police",
            "episodes that end through authorities, at the start's inspection and without a firewall")
    yield p("community_share", 0.11, 0.05, 0.25, "share of exits", "exploitation", "measured",
            "UNODC GLOTIP 2022 (court files): community or NGO",
            "episodes that end through community or NGOs, without a firewall")
    yield p("firewall_effect", 1.5, 1.0, 3.0, "ratio", "exploitation", "estimated",
            "firewall_effect (Ibanez, Rozo and Bahar 2020, sign; size assumed)",
            "contacts of victims with authorities, community or NGOs with a firewall over without")
    yield p("domestic_months", 24.0, 9.6, 60.0, "months", "exploitation", "estimated",
            "ILO 2012; Reed et al. 2018 (recalled)",
            "mean duration of forced labour in households")
    yield p("bondage_credit_share", 0.5, 0.1, 1.0, "share", "exploitation", "assumed",
            "assumed; the rest is charged for keep, or kept",
            "proceeds of a bonded person that are credited against the debt")
    yield p("exploitation_death_rate", 0.005, 0.0, 0.03, "per year", "exploitation", "assumed",
            "assumed",
            "deaths in exploitation")
    yield p("inspection_elasticity", 0.3, 0.0, 0.8, "elasticity", "exploitation", "assumed",
            "demand_response -0.3 (evidence F; no causal estimate)",
            "fall of demand for exploitable labour with inspectors, in a sector all open to them")
    yield p("sexual_profit", 27000.0, 13500.0, 54000.0, "USD per victim and year", "exploitation", "measured",
            "ILO 2024 (press)",
            "proceeds of sexual exploitation")
    yield p("labour_profit", 3700.0, 1850.0, 7400.0, "USD per victim and year", "exploitation", "measured",
            "ILO 2024 (press)",
            "proceeds of forced labour")
    # --- protection ---------------------------------------------------------------------------------------------------
    yield p("identification_share", 0.55, 0.45, 0.9, "share", "protection", "measured",
            "id_positive_rate: UK 2024 (Home Office via Hope for Justice)",
            "victims met by authorities or NGOs who are identified as such, at the skill of the start")
    yield p("turnover_months", 24.0, 6.0, 60.0, "months", "protection", "assumed",
            "assumed",
            "time in which the front line is replaced, and with it what training has given")
    yield p("screening_share", 0.3, 0.1, 0.6, "share", "protection", "estimated",
            "safe_arrival_ID (IOM / Guardian 2016, qualitative; size assumed)",
            "arrivals who were victims on the way whom screening identifies")
    yield p("handover_share", 0.3, 0.0, 0.8, "share", "protection", "assumed",
            "assumed",
            "victims without papers, met by authorities and not identified, who are detained as migrants")
    yield p("service_patience_months", 3.0, 0.0, 12.0, "months", "protection", "assumed",
            "assumed",
            "mean time that an identified victim waits for a place")
    yield p("support_months", 6.0, 1.0, 24.0, "months", "protection", "assumed",
            "assumed",
            "mean length of assistance")
    yield p("permit_share", 0.5, 0.1, 0.9, "share", "protection", "assumed",
            "assumed",
            "assisted victims without legal aid who get a residence permit")
    yield p("legal_aid_effect", 2.0, 1.3, 4.0, "odds ratio", "protection", "estimated",
            "legal_aid_effect (US and UK studies, recalled)",
            "odds of a permit with legal aid over without")
    yield p("assisted_return_share", 0.2, 0.0, 0.5, "share", "protection", "assumed",
            "assumed",
            "assisted victims who choose assisted return and reintegration")
    yield p("reintegration_success", 0.5, 0.3, 0.7, "share", "protection", "estimated",
            "reintegration_success (IOM / Samuel Hall, recalled)",
            "assisted returns that lead to a livelihood at home")
    yield p("reintegration_effect", 0.3, 0.0, 1.0, "ratio", "settlement", "assumed",
            "assumed",
            "hazard of setting out again after successful reintegration over without")
    # --- investigation ------------------------------------------------------------------------------------------------
    yield p("arrests_per_investigator", 2.0, 0.2, 8.0, "per year", "investigation", "assumed",
            "assumed",
            "arrests that an investigator brings about when cases abound")
    yield p("evidence_half", 50.0, 5.0, 500.0, "cases", "investigation", "assumed",
            "assumed",
            "stock of evidence at which investigators reach half of their yield")
    yield p("testimony_weight", 5.0, 1.0, 20.0, "cases per testimony", "investigation", "assumed",
            "assumed; cooperation is decisive (UNODC case files)",
            "evidence in one victim's testimony")
    yield p("detection_weight", 0.02, 0.0, 0.2, "cases per interception", "investigation", "assumed",
            "assumed",
            "evidence in one interception")
    yield p("testimony_share", 0.3, 0.1, 0.7, "share", "investigation", "assumed",
            "assumed",
            "assisted victims who testify")
    yield p("evidence_memory", 12.0, 3.0, 36.0, "months", "investigation", "assumed",
            "assumed",
            "life of evidence")
    yield p("organiser_arrest_share", 0.05, 0.01, 0.15, "share", "investigation", "estimated",
            "leaders seldom reached (ARCI Porco Rosso 2021; size assumed)",
            "arrests that hit the core when effort is not aimed at it")
    yield p("organiser_effort", 5.0, 2.0, 15.0, "ratio", "investigation", "assumed",
            "assumed; leaders are seldom reached (ARCI Porco Rosso 2021)",
            "effort for an arrest in the core over one in the periphery")
    yield p("money_weight", 2.0, 0.2, 10.0, "cases per million USD", "investigation", "assumed",
            "assumed",
            "evidence in smuggling revenue whose trail is followed")
    yield p("tracing_seizure", 3.0, 1.0, 6.0, "ratio", "investigation", "assumed",
            "assumed",
            "capital seized with a conviction when all money trails are followed over none")
    yield p("intelligence_sharing", 0.2, 0.0, 0.5, "share at full cooperation", "investigation", "assumed",
            "assumed",
            "a partner's new evidence that an agency can use")
    yield p("skill_ceiling", 2.0, 1.2, 4.0, "ratio", "investigation", "assumed",
            "assumed",
            "yield of fully trained investigators over that at the start")
    yield p("staff_turnover", 0.25, 0.05, 0.5, "per year", "investigation", "assumed",
            "assumed",
            "trained investigators who move on")
    yield p("practice_spread", 0.3, 0.0, 1.0, "per year at full cooperation", "investigation", "assumed",
            "assumed",
            "speed at which an agency takes over the better practice of a partner")
    yield p("sentence_years", 3.0, 0.0, 10.0, "years of normal profit", "investigation", "assumed",
            "assumed",
            "weight of a conviction for those who think of entering the market")
    yield p("conviction_share", 0.3, 0.1, 0.6, "share", "investigation", "assumed",
            "assumed",
            "arrests that end in conviction without victims' support")
    yield p("testimony_conviction", 1.5, 1.0, 2.5, "ratio", "investigation", "assumed",
            "victim_support_conviction_mult (UNODC case files)",
            "conviction odds when evidence is mostly testimony")
    yield p("joint_effect", 2.0, 1.0, 3.0, "ratio at full cooperation", "investigation", "assumed",
            "JIT_multiplier (Eurojust practice)",
            "odds of conviction when all agencies work together")
    yield p("seizure_share", 0.1, 0.0, 0.4, "share of capital", "investigation", "assumed",
            "assumed",
            "capital seized when a core member is convicted")
    # --- observation --------------------------------------------------------------------------------------------------
    yield p("victims_recorded", 0.7, 0.2, 1.0, "share", "observation", "assumed",
            "assumed; registers of identified victims differ by country (Eurostat 2025)",
            "identified victims who enter the statistics (detections and deaths: columns of legs.csv)")
    yield p("claims_recorded", 0.95, 0.8, 1.0, "share", "observation", "assumed",
            "assumed",
            "asylum claims that enter the statistics")
    yield p("returns_recorded", 0.8, 0.4, 1.0, "share", "observation", "assumed",
            "assumed",
            "returns that enter the statistics")
    yield p("detections_delay", 6.0, 0.0, 26.0, "weeks", "observation", "assumed",
            "assumed; monthly figures",
            "mean time until a detection is known to planners")
    yield p("deaths_delay", 8.0, 0.0, 52.0, "weeks", "observation", "assumed",
            "assumed",
            "mean time until a recorded death is known to planners")
    yield p("victims_delay", 26.0, 0.0, 104.0, "weeks", "observation", "assumed",
            "assumed; yearly figures",
            "mean time until an identified victim is known to planners")
    yield p("claims_delay", 8.0, 0.0, 26.0, "weeks", "observation", "assumed",
            "assumed; monthly figures",
            "mean time until an asylum claim is known to planners")
    yield p("returns_delay", 13.0, 0.0, 52.0, "weeks", "observation", "assumed",
            "assumed; quarterly figures",
            "mean time until a return is known to planners")
    # --- costs --------------------------------------------------------------------------------------------------------
    yield p("detention_cost", 150.0, 60.0, 190.0, "USD per day", "costs", "measured",
            "ICE adult bed FY2016-17",
            "detention")
    yield p("return_cost", 3800.0, 2000.0, 8000.0, "USD per person", "costs", "estimated",
            "forced removal, EU (evidence J, recalled)",
            "a forced return")
    yield p("claim_cost", 12000.0, 3000.0, 45000.0, "USD per claim", "costs", "estimated",
            "asylum decision with appeal (national budgets, recalled)",
            "an asylum decision")
    yield p("pathway_cost", 500.0, 100.0, 1500.0, "USD per place", "costs", "assumed",
            "assumed",
            "a work or visa place")


_CREWS: dict[str, dict[str, float]] = {
    "transport": {
        "recruiter": 0.08,
        "financier": 0.07,
        "forger": 0.0,
        "official": 0.05,
        "transporter": 0.6,
        "guide": 0.2,
    },
    "guiding": {
        "recruiter": 0.08,
        "financier": 0.07,
        "forger": 0.0,
        "official": 0.05,
        "transporter": 0.2,
        "guide": 0.6,
    },
    "documents": {
        "recruiter": 0.07,
        "financier": 0.06,
        "forger": 0.12,
        "official": 0.25,
        "transporter": 0.1,
        "guide": 0.4,
    },
}
_CHANNELS: dict[str, tuple[float, float, float, float, str]] = {
    "returnees": (0.5, 0.2, 0.9, 1.0, "assumed; 88 % call returnees a good source (IOM MaM 2019)"),
    "media": (0.2, 0.0, 0.5, 1.0, "assumed"),
    "online": (0.2, 0.0, 0.5, 1.0, "assumed; online claims are checked with kin (IOM MaM 2019; Seefar)"),
    "official": (0.3, 0.1, 0.5, 1.5, "assumed (evidence B: trust_official)"),
}
_UNODC = "UNODC GLOTIP 2024 (summaries); split assumed where not given"
_FORM_SHARES: dict[str, dict[str, tuple[float, str]]] = {
    "women": {
        "forced_labour": (0.25, _UNODC),
        "sexual_exploitation": (0.62, _UNODC),
        "forced_marriage": (0.05, "assumed"),
        "forced_criminality": (0.075, _UNODC),
        "organ_removal": (0.005, "assumed"),
    },
    "girls": {
        "forced_labour": (0.20, _UNODC),
        "sexual_exploitation": (0.60, _UNODC),
        "forced_marriage": (0.10, "assumed"),
        "forced_criminality": (0.095, _UNODC),
        "organ_removal": (0.005, "assumed"),
    },
    "men": {
        "forced_labour": (0.80, _UNODC),
        "sexual_exploitation": (0.05, _UNODC),
        "forced_marriage": (0.0, "assumed"),
        "forced_criminality": (0.14, _UNODC),
        "organ_removal": (0.01, "assumed"),
    },
    "boys": {
        "forced_labour": (0.45, _UNODC),
        "sexual_exploitation": (0.08, _UNODC),
        "forced_marriage": (0.0, "assumed"),
        "forced_criminality": (0.465, _UNODC),
        "organ_removal": (0.005, "assumed"),
    },
}
_SECTORS: dict[str, tuple[float, float, float | None, float | None]] = {
    "agriculture": (0.20, 0.5, 0.20, 0.40),
    "construction": (0.15, 0.5, 0.02, 0.30),
    "hospitality_and_manufacturing": (0.15, 0.5, 0.33, 0.25),
    "households": (0.10, 0.02, 0.45, 0.05),
    "sex_industry": (0.30, 0.1, None, None),
    "criminal_groups": (0.10, 0.0, None, None),
}
"""Share of jobs, reach of inspection, and shares of the sector among women and men in forced labour."""
_CHILDREN = {"women": "girls", "men": "boys"}
_UNINSPECTED: tuple[Obtained, str] = ("assumed", "assumed")
_INSPECTED: dict[str, tuple[Obtained, str]] = {
    "agriculture": ("estimated", "inspection_never_seen 0.5 (FRA 2018)"),
    "construction": ("estimated", "inspection_never_seen 0.5 (FRA 2018)"),
    "hospitality_and_manufacturing": ("estimated", "inspection_never_seen 0.5 (FRA 2018)"),
    "households": ("estimated", "near zero in domestic work (FRA 2018); size assumed"),
}
_FORM_MONTHS: dict[str, tuple[float, str]] = {
    "forced_labour": (12.0, "ILO 2012; Reed et al. 2018 (recalled)"),
    "sexual_exploitation": (15.0, "ILO 2012; Reed et al. 2018 (recalled)"),
    "forced_marriage": (36.0, "assumed"),
    "forced_criminality": (9.0, "assumed"),
    "organ_removal": (1.0, "assumed"),
    "ransom_captivity": (1.5, "evidence F (recalled)"),
}
# fmt: on

REGISTRY: Mapping[str, Parameter] = {row.name: row for row in _rows()}


class Parameters:
    """Values of all parameters for one run, read as attributes.

    Parameters
    ----------
    overrides : mapping of str to float, optional
        Values other than the defaults.
    force : bool, default False
        Accept values outside the plausible range (limiting cases, stress tests).

    Raises
    ------
    InvalidInput
        If a name is unknown or a value is not a number in the plausible range.
    """

    def __init__(self, overrides: Mapping[str, float] | None = None, *, force: bool = False) -> None:
        values = {name: float(row.default) for name, row in REGISTRY.items()}
        for name, value in (overrides or {}).items():
            values[name] = _checked(name, value, force)
        self._values = values
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> float:
        raise AttributeError(f"no parameter named {name}")

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def replace(self, values: Mapping[str, float]) -> Parameters:
        """Return a copy with other values, which may lie outside the plausible ranges (a mechanism switched off)."""
        return Parameters({**self._values, **values}, force=True)

    def changed(self) -> dict[str, float]:
        """Return the values that differ from the defaults."""
        return {name: value for name, value in self._values.items() if value != REGISTRY[name].default}


def _checked(name: str, value: object, force: bool) -> float:
    if name not in REGISTRY:
        import difflib

        close = difflib.get_close_matches(name, REGISTRY, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see corridor list parameters"
        raise InvalidInput("parameters", name, value, f"a known parameter; {hint}")
    row = REGISTRY[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidInput("parameters", name, value, f"a number from {row.low:g} to {row.high:g} {row.unit}")
    if not force and not row.low <= value <= row.high:
        raise InvalidInput("parameters", name, value, f"{row.low:g} to {row.high:g} {row.unit}")
    return float(value)
