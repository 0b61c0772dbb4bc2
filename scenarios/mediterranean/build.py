"""Rebuild the computed tables of this scenario from observation tables.

Usage: ``python -m corridor.scenarios.mediterranean.build --observations DIR``. Manual columns (names, coordinates,
fees, risks, ...) are not changed; see SOURCES.md for the sources and licences of everything that is read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from corridor.model.errors import InvalidInput
from corridor.scenarios.mediterranean.crossings import crossings

HERE = Path(__file__).parent
YEARS = range(2009, 2025)

# Pool of potential migrants (SOURCES.md, "The pool").
WISH_BY_REGION = [  # share of adults who would like to migrate for good; Gallup 2015-17, recalled
    (0.33, ["NGA", "GHA", "CMR", "CIV", "GIN", "MLI", "BFA", "SEN", "GMB", "GNB", "SLE", "MRT", "SOM", "ERI", "ETH"]),
    (0.24, ["SYR", "IRQ", "IRN", "TUR", "LBN", "PSE", "SDN", "EGY", "LBY", "TUN", "DZA", "MAR"]),
    (0.08, ["AFG", "PAK", "BGD"]),
    (0.26, ["XKX"]),
]
WISH = {code: share for share, codes in WISH_BY_REGION for code in codes}
PLAN = 0.08  # of those who wish (Gallup 2008-10)
PREPARE = 0.40  # of those who plan (Gallup)
TO_EUROPE = 0.30  # of those who wish, naming a country of Europe; recalled from Gallup
WORKING_AGE = 0.60  # where the dependency ratio is missing; assumed
TIE_ELASTICITY = 0.5  # of followers to compatriots abroad; diaspora_flow_elasticity 0.6 [0.3-0.9]
COMPATRIOTS, FOLLOWERS = 100_000, 120_000  # so many abroad are followed by so many in all; assumed
LEAST = 4.0  # of the pool at home, over all detections of a citizenship on the ways in 2011-2021, at the least; assumed
LEAST_OF_CLAIMS = 2.0  # of the pool at home, over all asylum claims of a citizenship 2011-2021, at the least; assumed
LEAST_OF_FLIGHT = (
    2.0  # of the pool at home, over the rise of refugees and asylum seekers 2011-2021, at the least; assumed
)
COUNTED_TWICE = "Western Balkan"  # route on which people who entered by another are counted again
BEYOND_NEIGHBOURS = 0.33  # of refugees in countries that are no place here (UNHCR 2024: two thirds stay next door)
IDPS_ONWARD = 0.40 * 0.33  # of the displaced who stayed inside, should they ever leave (UNHCR 2024: 60 % stay inside)

WINDING = {"land": 1.3, "desert": 1.4, "sea": 1.2, "air": 1.0}  # way over great circle; assumed
KM_PER_DAY = {"land": 400.0, "desert": 350.0, "sea": 200.0, "air": 10_000.0}  # assumed
WAIT_DAYS = {"land": 0.5, "desert": 1.0, "sea": 0.5, "air": 0.5}  # boarding; assumed
FRONTIER_DAYS = 2.0  # more for an irregular crossing by land; assumed

HOSTS = {  # one place a country where people also settle on the way; those of a country where origins live as well
    "istanbul": "TUR", "beirut": "LBN", "tehran": "IRN", "erbil": "IRQ", "tripoli": "LBY",
    "cairo": "EGY", "khartoum": "SDN", "addis_ababa": "ETH", "tunis": "TUN", "algiers": "DZA", "casablanca": "MAR",
    "nouakchott": "MRT", "dakar": "SEN", "abidjan": "CIV", "lagos": "NGA", "bamako": "MLI", "agadez": "NER",
    "ndjamena": "TCD", "lahore": "PAK",
}  # fmt: skip

FIRST_COUNTRIES = ["greece"]  # where people settle, and which they cross: see SOURCES.md
ABROAD = 2010  # year of the stocks of people who live on the way at the start
LAST_STOCKS = 2020  # last table of stocks within the period of the pool
REFUGEE_HOSTS = [*HOSTS.values(), "JOR"]  # countries of the table in which nearly all refugees outside the EU lived
FREE_MOVEMENT = ["SEN", "CIV", "NGA", "MLI", "NER"]  # members of ECOWAS, whose citizens may live there
MEMBERS = [*FREE_MOVEMENT, "GHA", "GIN", "GMB", "GNB", "SLE", "BFA"]
REGULAR = {  # share with a legal status by country; assumed (SOURCES.md), 0.3 elsewhere
    "TUR": 0.5, "LBN": 0.2, "IRN": 0.4, "IRQ": 0.5, "LBY": 0.1, "EGY": 0.5, "SDN": 0.5, "ETH": 0.9, "TUN": 0.5,
    "DZA": 0.2, "MAR": 0.3, "MRT": 0.3, "TCD": 0.9, "PAK": 0.65,
}  # fmt: skip
SMALLEST = 50  # persons; smaller stocks are left out
YEARS_ABROAD = {"IRN": 8.0, "PAK": 8.0, "LBY": 2.0}  # mean time since they came; assumed, 4 elsewhere

SEA_PROFILES = {  # profile: route whose detections give its months
    "central_sea": "Central Mediterranean",
    "eastern_sea": "Eastern Mediterranean",
    "western_sea": "Western Mediterranean",
    "atlantic": "Western African",
    "mountain": "Western Balkan",
}
DISTRESS = {  # multiplier by month, January first; assumed: winter storms, cold in mountains, heat in the desert
    "central_sea": (2.0, 2.0, 1.5, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 1.5, 2.0),
    "eastern_sea": (2.0, 2.0, 1.5, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 1.5, 2.0),
    "western_sea": (1.6, 1.6, 1.3, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.3, 1.6),
    "atlantic": (1.4, 1.4, 1.3, 1.2, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 1.4),
    "mountain": (2.5, 2.5, 1.8, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 2.5),
    "desert": (1.0, 1.0, 1.0, 1.1, 1.3, 1.5, 1.5, 1.5, 1.3, 1.0, 1.0, 1.0),
}
DEATH_ROUTES = {  # route of the Missing Migrants Project: route of this scenario
    "Eastern Mediterranean land": "Eastern Mediterranean",
    **{name: name for name in SEA_PROFILES.values()},
}


def read(folder: Path, name: str) -> pd.DataFrame:
    """Read one observation table; only blanks count as missing, because "NA" can be a country code."""
    path = folder / name
    if not path.is_file():
        raise InvalidInput("--observations", "", str(folder), f"a directory that holds {name}")
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def stocks_abroad(folder: Path) -> pd.DataFrame:
    """Return people who live abroad; refugees as they were registered, where the UN table has many times more."""
    stocks = read(folder, "bilateral_stocks.csv")
    counts = pd.read_csv(HERE / "inputs" / "registered.csv").set_index(["origin", "destination"])["persons"]
    persons = counts.reindex(pd.MultiIndex.from_frame(stocks[["origin", "destination"]])).to_numpy()
    return stocks.assign(stock=np.where(np.isnan(persons), stocks["stock"], persons), registered=~np.isnan(persons))


def kept(name: str) -> pd.DataFrame:
    """Read a manual table of this scenario, all columns as text."""
    return pd.read_csv(HERE / name, dtype=str, keep_default_na=False)


def lengths(legs: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Fill distance_km (great circle x winding) and days of every leg."""
    at = places.set_index("place")[["latitude", "longitude"]].astype(float)
    start, end = (np.radians(at.loc[legs[side]].to_numpy()) for side in ("from", "to"))
    half = np.sin((end - start) / 2) ** 2
    angle = 2 * np.arcsin(np.sqrt(half[:, 0] + np.cos(start[:, 0]) * np.cos(end[:, 0]) * half[:, 1]))
    km = 6371.0 * angle * legs["mode"].map(WINDING).to_numpy()
    frontier = (legs["crossing"].eq("1") & legs["mode"].isin(["land", "desert"])).to_numpy() * FRONTIER_DAYS
    days = km / legs["mode"].map(KM_PER_DAY).to_numpy() + legs["mode"].map(WAIT_DAYS).to_numpy() + frontier
    return legs.assign(distance_km=np.maximum(km, 1).round().astype(int), days=days.round(1))


def willing(codes: list[str], countries: pd.DataFrame) -> pd.Series:
    """Return the share of each origin's population that is of working age and would like to live in Europe."""
    middle = countries[countries["year"].eq(2015)].set_index("iso3").reindex(codes)
    working_age = (100 / (100 + middle["age_dependency"])).fillna(WORKING_AGE)
    return working_age * pd.Series(WISH)[codes] * TO_EUROPE


def pools(codes: list[str], countries: pd.DataFrame, unhcr: pd.DataFrame, stocks: pd.DataFrame) -> pd.Series:
    """Return the number of persons of each origin who might ever take these routes (rule in SOURCES.md)."""
    population = countries[countries["year"].eq(2015)].set_index("iso3")["population"].reindex(codes)
    planners = population * willing(codes, countries) * PLAN * PREPARE
    followers = FOLLOWERS * (abroad(stocks).reindex(codes).fillna(0) / COMPATRIOTS) ** TIE_ELASTICITY
    period = unhcr[unhcr["year"].between(2011, 2021)].fillna(0)
    outside = (period["refugees"] - period["refugees_in_eu27"]).groupby(period["origin"]).max()
    inside = period.groupby("origin")["idps_conflict"].max()
    # Who fled to a country of this scenario is simulated there, whether they go on or not; of the others, those who do.
    near = stocks[stocks["destination"].isin(HOSTS.values()) & stocks["year"].le(LAST_STOCKS)]
    next_door = near.groupby(["origin", "year"])["stock"].sum().groupby("origin").max().reindex(outside.index)
    simulated = np.minimum(outside, next_door.fillna(0))
    displaced = simulated + BEYOND_NEIGHBOURS * (outside - simulated) + IDPS_ONWARD * inside
    return (planners + followers + displaced.reindex(codes).fillna(0)).round(-2).astype(int)


def least(detected: pd.DataFrame, claims: pd.DataFrame, unhcr: pd.DataFrame) -> pd.Series:
    """Return the minimum number of each pool at home at the start, persons, from detections, claims and refugees."""
    entries = detected[detected["date"].str[:4].isin([str(year) for year in range(2011, 2022)])]
    entries = entries[entries["route"].isin(set(SEA_PROFILES.values()) - {COUNTED_TWICE})]
    claims = claims[claims["year"].between(2011, 2021)]
    by_entry = LEAST * entries.groupby("nationality")["detections"].sum()
    by_claim = LEAST_OF_CLAIMS * claims.groupby("citizenship")["applications"].sum()
    fled = unhcr.assign(abroad=unhcr[["refugees", "asylum_seekers"]].sum(axis=1))
    rise = fled.pivot_table(index="origin", columns="year", values="abroad").diff(axis=1)[list(range(2011, 2022))]
    by_flight = LEAST_OF_FLIGHT * rise.sum(axis=1).clip(lower=0)
    return pd.concat([by_entry, by_claim, by_flight], axis=1).fillna(0).max(axis=1).round(-2)


def lived_in(places: pd.DataFrame) -> pd.Series:
    """Return whether a place represents a country of the European Union, or the United Kingdom, where people settle."""
    return places["role"].eq("destination") | places["place"].isin(FIRST_COUNTRIES)


def abroad(stocks: pd.DataFrame) -> pd.Series:
    """Return compatriots in the destination countries of this scenario in 2010, before the period simulated."""
    places = kept("places.csv")
    countries = places.loc[lived_in(places), "country"]
    early = stocks[stocks["year"].eq(2010) & stocks["destination"].isin(countries)]
    totals = early.groupby("origin")["stock"].sum()
    totals["XKX"] = pd.read_csv(HERE / "inputs" / "kosovo_abroad.csv")["stock"].sum()
    return totals


def stocks_on_the_way(codes: list[str], folder: Path) -> pd.DataFrame:
    """Return the part of the pool that lives in transit at the start (rule in SOURCES.md): `stocks.csv`."""
    stocks, unhcr = stocks_abroad(folder), read(folder, "unhcr_origin_year.csv").fillna(0)
    stocks = stocks[stocks["origin"].isin(codes) & stocks["year"].eq(ABROAD)]
    then = unhcr[unhcr["year"].eq(ABROAD)].set_index("origin")
    fled = then["refugees"] - then["refugees_in_eu27"] - then["refugees_in_usa"]
    near = stocks[stocks["destination"].isin(REFUGEE_HOSTS)].groupby("origin")["stock"].sum()
    table = stocks.merge(pd.Series(HOSTS, name="destination").rename_axis("place").reset_index(), on="destination")
    refugees = (fled / near).clip(0, 1).reindex(table["origin"]).fillna(0).to_numpy()
    others = willing(codes, read(folder, "origin_country_year.csv")).reindex(table["origin"]).to_numpy()
    onward = refugees + (1 - refugees) * others
    members = table["origin"].isin(MEMBERS) & table["destination"].isin(FREE_MOVEMENT)
    counted = table["registered"].map({True: " registered (UNHCR, inputs/registered.csv)", False: " in 2010 (UN DESA)"})
    table = table.assign(
        community=table["origin"],
        persons=(table["stock"] * onward).round(-1).astype(int),
        regular_share=np.where(members, 0.9, table["destination"].map(REGULAR).fillna(0.3)),
        refugee_share=(refugees / onward).round(2),
        years=table["destination"].map(YEARS_ABROAD).fillna(4.0),
        source=table["stock"].map("{:.0f}".format) + counted + "; pool: rule in SOURCES.md; rest assumed",
    )
    columns = ["community", "place", "persons", "regular_share", "refugee_share", "years", "source"]
    return table.loc[table["persons"] >= SMALLEST, columns].sort_values(["community", "place"])


def communities(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Fill the pool of every community, and the female share where available from Eurostat."""
    codes = table["community"].tolist()
    stocks = stocks_abroad(folder)
    unhcr = read(folder, "unhcr_origin_year.csv")
    pool = pools(codes, read(folder, "origin_country_year.csv"), unhcr, stocks)
    # Refugees are in the rule wherever they live; who else lives on the way comes on top.
    near = stocks_on_the_way(codes, folder)
    others = (near["persons"] * (1 - near["refugee_share"])).groupby(near["community"]).sum()
    pool = (pool + others.reindex(codes).fillna(0)).round(-2)
    detected = read(folder, "frontex_monthly_by_route_nationality.csv")
    asylum = read(folder, "eu_asylum_yearly.csv")
    at_home = least(detected, asylum, unhcr).reindex(codes).fillna(0)
    abroad_then = near.groupby("community")["persons"].sum().reindex(codes).fillna(0)
    lower = (at_home + abroad_then).round(-2)
    pool = pool.where(pool >= lower, lower).astype(int)
    claims = asylum.groupby("citizenship")[["male", "female"]].sum()
    female = (claims["female"] / claims.sum(axis=1)).reindex(codes).round(2)
    default = table["female_share"].astype(float).set_axis(codes)
    known = female.notna().to_numpy()
    told = np.where(known, "of asylum claims 2011-2021 (Eurostat)", "as the route (evidence, irregular_profile)")
    source = [f"pool: rule in SOURCES.md; female share: {how}; other shares assumed" for how in told]
    return table.assign(
        potential_migrants=pool.to_numpy(), female_share=female.fillna(default).to_numpy(), source=source
    )


def series(codes: list[str], folder: Path, places: pd.DataFrame) -> pd.DataFrame:
    """Return the annual drivers of communities, transit countries and destinations, dated mid-year."""
    countries = read(folder, "origin_country_year.csv").rename(columns={"iso3": "entity"})
    countries["income_usd"] = countries["gdp_pc_current_usd"]
    countries["instability"] = -countries["political_stability"]
    unhcr = read(folder, "unhcr_origin_year.csv").rename(columns={"origin": "entity"}).fillna(0)
    unhcr["displaced"] = unhcr["refugees"] - unhcr["refugees_in_eu27"] + unhcr["idps_conflict"]
    table = countries.merge(unhcr[["entity", "year", "displaced"]], on=["entity", "year"], how="left")
    table["displaced_share"] = (table["displaced"] / table["population"]).round(5)
    on_the_way = pd.DataFrame({"place": HOSTS.keys(), "entity": HOSTS.values()}).merge(table, on="entity")
    on_the_way = on_the_way.drop(columns=["entity", "instability", "displaced_share"])
    on_the_way = on_the_way.rename(columns={"place": "entity"})
    table = table[table["entity"].isin(codes)]
    hosts = pd.read_csv(HERE / "inputs" / "destinations.csv").rename(columns={"gdp_pc_current_usd": "income_usd"})
    hosts = hosts.merge(places.loc[lived_in(places), ["place", "country"]], on="country")
    hosts = hosts.rename(columns={"place": "entity"})
    drivers = ["population", "income_usd", "instability", "displaced_share", "unemployment_pct"]
    both = pd.concat([table, on_the_way, hosts]).melt(["entity", "year"], drivers, "variable", "value").dropna()
    both = both[both["year"].isin(YEARS)].assign(date=both["year"].astype(str) + "-07-01")
    return both.sort_values(["entity", "variable", "date"])[["entity", "variable", "date", "value"]]


def ties(codes: list[str], folder: Path, places: pd.DataFrame) -> pd.DataFrame:
    """Return compatriots at every host and destination in 2010.

    Later stocks contain the movements that the model has to explain; it adds its own settlers instead.
    """
    stocks = stocks_abroad(folder)
    stocks = stocks[stocks["origin"].isin(codes) & stocks["year"].eq(2010)]
    hosts = places.loc[lived_in(places) | places["place"].isin(HOSTS), ["place", "country"]]
    table = stocks.merge(hosts, left_on="destination", right_on="country")
    table = table[["origin", "place", "year", "stock"]].set_axis(["community", "destination", "year", "stock"], axis=1)
    kosovo = pd.read_csv(HERE / "inputs" / "kosovo_abroad.csv").assign(community="XKX", year=2010)
    uk = pd.read_csv(HERE / "inputs" / "born_in_uk.csv").assign(destination="uk", year=2010)
    table = pd.concat([table, kosovo, uk[["community", "destination", "year", "stock"]]])
    table["date"] = table.pop("year").astype(int).astype(str) + "-07-01"
    return table.sort_values(["community", "destination", "date"])[["community", "destination", "date", "stock"]]


def seasons(detections: pd.DataFrame) -> pd.DataFrame:
    """Return seasonal profiles: departures from observed detections 2009-2018, distress assumed.

    Notes
    -----
    Departures of a month are the geometric mean over the years of (detections + 1) over the year's mean + 1, scaled so
    that the twelve average 1. The desert profile has no observations: its departures are even (assumed).
    """
    observed = detections[detections["date"].str[:4].astype(int).between(2009, 2018)]
    rows = []
    for profile, distress in DISTRESS.items():
        shape = np.ones(12)
        if profile in SEA_PROFILES:
            own = observed[observed["route"].eq(SEA_PROFILES[profile])].sort_values("date")
            years = own["detections"].to_numpy().reshape(-1, 12) + 1.0
            shape = np.exp(np.log(years / years.mean(axis=1, keepdims=True)).mean(axis=0))
            shape /= shape.mean()
        rows += [(profile, m + 1, round(float(shape[m]), 3), distress[m]) for m in range(12)]
    return pd.DataFrame(rows, columns=["season", "month", "departures", "distress"])


def observed_deaths(folder: Path) -> pd.DataFrame:
    """Return recorded dead and missing by month and route; sea and land of the eastern route together."""
    deaths = read(folder, "mmp_monthly_by_route.csv")
    deaths = deaths.assign(route=deaths["route"].map(DEATH_ROUTES), month=deaths["date"]).dropna(subset="route")
    return deaths.groupby(["route", "month"])["dead_and_missing"].sum().reset_index()


def save(table: pd.DataFrame, name: str) -> None:
    """Write a table of this scenario."""
    table.to_csv(HERE / name, index=False, lineterminator="\n", float_format="%.10g")


def build(folder: Path) -> None:
    """Rewrite all computed tables from the observation tables in ``folder``."""
    places, people = kept("places.csv"), kept("communities.csv")
    codes = people["community"].tolist()
    detections = read(folder, "frontex_monthly_by_route.csv")
    save(communities(people, folder), "communities.csv")
    save(lengths(kept("legs.csv"), places), "legs.csv")
    save(series(codes, folder, places), "series.csv")
    save(ties(codes, folder, places), "ties.csv")
    save(stocks_on_the_way(codes, folder), "stocks.csv")
    save(seasons(detections), "seasons.csv")
    routes = list(SEA_PROFILES.values())
    seen = detections[detections["route"].isin(routes)].rename(columns={"date": "month"})
    save(seen.sort_values(["route", "month"])[["month", "route", "detections"]], "observed/detections.csv")
    dead = observed_deaths(folder).rename(columns={"dead_and_missing": "deaths"})
    save(dead[["month", "route", "deaths"]], "observed/deaths.csv")
    others = ("frontex_monthly_by_route_nationality", "boats_half_year", "crossings_monthly", "mmp_monthly_by_route")
    save(crossings(detections, *(read(folder, f"{name}.csv") for name in others)), "observed/crossings.csv")


def main() -> None:
    """Run from the shell; a missing table ends with one sentence and exit code 2."""
    parser = argparse.ArgumentParser(description="Rebuild the computed tables of the Mediterranean scenario.")
    parser.add_argument("--observations", type=Path, required=True, metavar="DIR", help="directory of the CSV tables")
    try:
        build(parser.parse_args().observations)
    except InvalidInput as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
