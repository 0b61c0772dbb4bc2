"""The results of a displacement run as one `xarray.Dataset`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import xarray as xr

from corridor.displacement.engine.parameters import Behaviour, FleeRule
from corridor.displacement.engine.simulation import Displacement


def to_dataset(run: Displacement, behaviour: Behaviour | FleeRule) -> xr.Dataset:
    """Return people by place and in transit, roads used, and observations, by day, in persons.

    Parameters
    ----------
    run : Displacement
        After `Displacement.run`.
    behaviour : Behaviour or FleeRule
        As given to the run, for the record.
    """
    case, persons = run.case, run.persons_per_agent
    names = case.places.names
    highest = np.maximum.accumulate(case.observed.destinations)
    camps = [names[camp] for camp in case.observed.camps]
    data = {
        "people": (("day", "place"), run.counts * persons, "people at places at the end of the day"),
        "on_the_way": ("day", run.on_the_way * persons, "people between places at the end of the day"),
        "waiting": ("day", run.waiting * persons, "displaced people who cannot leave for want of a way"),
        "ways": (("day", "link"), run.used * persons, "people who set out on a road"),
        "simulated": (("day", "camp"), run.counts[:, case.observed.camps] * persons, "simulated people in camps"),
        "observed": (("day", "camp"), case.observed.counts, "observed people in camps"),
        "displaced": ("day", case.people_at_start.sum() + np.cumsum(case.arrivals), "N: people displaced so far"),
        "raw_count": ("day", case.observed.total[0] + case.observed.destinations, "R: raw count, as in Flee"),
        "debt": ("day", highest - case.observed.destinations, "fall of the observed total below its maximum"),
    }
    places = case.places
    kinds = np.where(places.is_camp, "camp", np.where(case.schedule.intensity.any(axis=0), "conflict", "town"))
    ds = xr.Dataset(
        {name: (dims, values, {"units": "persons", "long_name": meaning})
         for name, (dims, values, meaning) in data.items()},
        coords={
            "day": np.arange(case.days),
            "time": ("day", np.datetime64(case.start, "ns") + np.arange(case.days) * np.timedelta64(1, "D")),
            "place": names,
            "camp": camps,
            "kind": ("place", kinds),
            "country": ("place", places.countries),
            "latitude": ("place", places.latitude),
            "longitude": ("place", places.longitude),
            "capacity": ("place", places.capacity),
            "link_from": ("link", [names[place] for place in case.links.origin]),
            "link_to": ("link", [names[place] for place in case.links.destination]),
            "link_km": ("link", case.links.km),
        },
    )  # fmt: skip
    is_flee = isinstance(behaviour, FleeRule)
    values = dataclasses.asdict(behaviour) if isinstance(behaviour, FleeRule) else behaviour.values()
    ds.attrs.update(
        title=f"Displacement: {case.name}", scenario=case.name, seed=str(run.streams.seed),
        rule="flee" if is_flee else "corridor", parameters=json.dumps(values, sort_keys=True),
        uses_capacity=str(run.use_capacity), persons_per_agent=persons, start=str(case.start),
        end=str(case.start + dt.timedelta(days=case.days - 1)), people=int(run.place.size * persons),
        person_days=case.person_days, seconds=run.seconds,
        persons_error=int(run.counts[-1].sum() + run.on_the_way[-1] + run.waiting[-1] - run.place.size),
    )  # fmt: skip
    return ds
