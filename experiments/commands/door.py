"""Access to the browser app, decided before a page is shown; in doubt it is refused.

Without sign-in the app answers requests from its own machine only, unless it was started for everybody. Sign-in is
required as soon as a file of secrets mentions it; if the file is wrong or unreadable, access is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from corridor.model.errors import InvalidInput

FIELDS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""Fields that Streamlit needs in the section ``auth`` for sign-in with OpenID Connect."""
FEWEST_SECRET_CHARACTERS = 32
"""Minimum length of the secret that signs cookies: anyone who guesses it can forge a sign-in."""
NAME = Path(".streamlit") / "secrets.toml"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
PLACE_IN_FILE = re.compile(r"\(at [a-z0-9, ]+\)$")


class Door(StrEnum):
    """People who may see the pages."""

    here = "people at this machine"
    known = "people who have signed in"
    everybody = "everybody who reaches the server"


def secrets_files(program: Path, started_in: Path) -> list[Path]:
    """Return the files in which secrets are looked for; later ones take precedence.

    These are the user's own directory, and then those above the program and above the working directory, so that a
    change of the working directory does not lose them.
    """
    around = [*reversed(program.parents), *reversed([started_in, *started_in.parents])]
    return list(dict.fromkeys(folder / NAME for folder in (Path("~").expanduser(), *around)))


def door(files: Iterable[Path], wanted: Door = Door.here) -> Door:
    """Return who may see the pages.

    Parameters
    ----------
    files : iterable of Path
        Where secrets may be.
    wanted : Door
        As the app was started.

    Raises
    ------
    InvalidInput
        If a file of secrets cannot be read, or has something like sign-in that would not work.
    """
    whole: dict[str, object] = {}
    about: Path | None = None
    for file in files:
        secrets = _read(file)
        whole |= secrets
        about = file if _mentions_sign_in(secrets) else about
    if about is not None:
        _check(about, whole)
        return Door.known
    if wanted is Door.known:
        raise InvalidInput(NAME.name, "[auth]", "gone since the start", "a server started again without sign-in")
    return wanted


def is_here(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from this machine, according to its headers.

    A reverse proxy either passes on the name by which it was called, or declares that it forwards; a browser names the
    page's origin. Without headers there is no request: a test draws the page.
    """
    if not headers:
        return True
    addresses = [f"//{headers.get('Host', '')}", *([headers["Origin"]] if "Origin" in headers else [])]
    return not any(name in headers for name in FORWARDED) and all(_host(address) in LOOPBACK for address in addresses)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _read(file: Path) -> dict[str, object]:
    """Return the secrets in a file; none if there is no such file."""
    allowed = "TOML that the server can read, or no such file"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InvalidInput(str(file), "", error.strerror or "unreadable", allowed) from None
    except UnicodeDecodeError:
        raise InvalidInput(str(file), "", "not text in UTF-8", allowed) from None
    except tomllib.TOMLDecodeError as error:
        # The rest of the message may quote a secret.
        place = PLACE_IN_FILE.search(str(error))
        raise InvalidInput(str(file), "", f"no valid TOML {place[0] if place else ''}".rstrip(), allowed) from None


def _mentions_sign_in(value: object) -> bool:
    """Return whether a value in a file resembles sign-in settings, even misspelt, at any depth."""
    if isinstance(value, Mapping):
        return any(_is_like(str(name)) or _mentions_sign_in(inside) for name, inside in value.items())
    return isinstance(value, list) and any(_mentions_sign_in(inside) for inside in value)


def _is_like(name: str) -> bool:
    plain = re.sub(r"[^a-z]", "", name.casefold())
    return any(word in plain for word in ("auth", "signin", "login", "oidc", *(f.replace("_", "") for f in FIELDS)))


def _check(file: Path, secrets: Mapping[str, object]) -> None:
    """Refuse secrets with which nobody, or anybody, could sign in."""
    section = secrets.get("auth")
    if not isinstance(section, Mapping):
        given = "missing" if section is None else "no section"
        raise InvalidInput(str(file), "[auth]", given, f"a section of this name with {', '.join(FIELDS)}")
    for name in FIELDS:
        value = section.get(name)
        if not (isinstance(value, str) and value.strip()):
            given = "missing" if value is None else "blank" if isinstance(value, str) else "no text"
            raise InvalidInput(str(file), f"{name} in [auth]", given, "a text in quotes")
    if len(str(section["cookie_secret"])) < FEWEST_SECRET_CHARACTERS:
        allowed = f"{FEWEST_SECRET_CHARACTERS} or more random characters that nobody else knows"
        raise InvalidInput(str(file), "cookie_secret in [auth]", "too short", allowed)
