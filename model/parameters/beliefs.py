"""Beliefs and the channels that form them."""

from __future__ import annotations

from collections.abc import Iterator

from corridor.model.parameters.row import Parameter

_CHANNELS: dict[str, tuple[float, float, float, float, str]] = {
    "returnees": (0.5, 0.2, 0.9, 1.0, "assumed; 88 % call returnees a good source (IOM MaM 2019)"),
    "media": (0.2, 0.0, 0.5, 1.0, "assumed"),
    "online": (0.2, 0.0, 0.5, 1.0, "assumed; online claims are checked with kin (IOM MaM 2019; Seefar)"),
    "official": (0.3, 0.1, 0.5, 1.5, "assumed (evidence B: trust_official)"),
}


def _channels() -> Iterator[Parameter]:
    for channel, (trust, low, high, emphasis, source) in _CHANNELS.items():
        yield Parameter(
            f"trust_{channel}",
            trust,
            low,
            high,
            "share",
            "beliefs",
            "assumed",
            source,
            f"weight of messages ({channel}) relative to one's own belief",
        )
        yield Parameter(
            f"emphasis_{channel}",
            emphasis,
            0.5,
            4.0,
            "ratio",
            "beliefs",
            "assumed",
            "assumed",
            f"risks as told ({channel}) relative to true risks: 1 for facts, more for warnings",
        )


# fmt: off
ROWS = (
    Parameter("prior_death_ratio", 3.0, 0.3, 10.0, "ratio", "beliefs", "estimated",
        "Bah and Batista 2019: young rural Gambians overestimate; the opposite is found elsewhere",
        "initially perceived risk of death relative to the reference risk"),
    Parameter("prior_strength", 500.0, 50.0, 5000.0, "persons", "beliefs", "assumed",
        "assumed",
        "evidence that weighs as much as prior beliefs"),
    Parameter("news_share", 0.7, 0.4, 0.95, "share", "beliefs", "estimated",
        "Hinsch and Bijak 2019, 2023 (qualitative); size assumed",
        "experiences that are reported home"),
    Parameter("news_passed_on", 0.4, 0.0, 1.0, "share", "beliefs", "estimated",
        "42 % of migrants asked in the Central Sahel had information from other migrants (MMC, 4Mi snapshot, June "
        "2024); that these are of other origins, and pass on all that they know: assumed",
        "news that people of other origins hear, too"),
    Parameter("death_news_share", 0.4, 0.1, 0.9, "share", "beliefs", "assumed",
        "assumed",
        "deaths that become known at home, relative to other news (the dead send no messages)"),
    Parameter("news_delay", 4.0, 1.0, 26.0, "weeks", "beliefs", "assumed",
        "assumed",
        "mean delay of news"),
    Parameter("memory", 2.0, 0.8, 12.0, "months", "beliefs", "estimated",
        "route_inertia 0.6 a month [0.3-0.85] (evidence E; Hinsch and Bijak 2023, qualitative): -1 / ln 0.6",
        "time constant with which evidence loses weight"),
    Parameter("public_delay", 12.0, 3.0, 60.0, "months", "beliefs", "assumed",
        "assumed: fences, patrols and laws are visible and reported even if nobody attempts to cross",
        "mean time until risks become public knowledge without news from travellers"),
    Parameter("advertising_bias", 0.15, 0.0, 0.5, "log points", "beliefs", "assumed",
        "assumed; 4 % name smugglers as an influence (MMC 2024)",
        "how far smugglers' advertising lowers perceived risks"),
    *_channels(),
)
