"""Sign-in: access to the app, decided before any page (see `experiments.commands.door` and docs/app.md)."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

from corridor.experiments.commands.door import Door, door, is_here
from corridor.model.errors import InvalidInput
from corridor.views.page import heading
from corridor.views.words import plain

LEAD = "This server is open to those who sign in."
STRANGER = (
    "This server answers people at its own machine only. Whoever runs it can set up sign-in, or open it to everybody "
    "who reaches it: see *Sign-in* in `docs/app.md`."
)
BROKEN = "**Sign-in is not set up rightly, so that nothing is shown.** {}. Whoever runs this server has to mend it."


def who() -> Door:
    """Return the rule for access to the pages.

    Raises
    ------
    InvalidInput
        If sign-in is not set up rightly; the server's directories are not named.
    """
    started_for = sys.argv[1] if len(sys.argv) == 2 else ""
    wanted = Door[started_for] if started_for in Door.__members__ else Door.here
    try:
        return door([Path(name) for name in st.get_option("secrets.files")], wanted)
    except InvalidInput as error:
        raise InvalidInput(Path(error.where).name, error.field, error.value, error.allowed) from None


def is_open() -> bool:
    """Return whether the pages may be shown; if not, tell why and show the way to sign in, if there is one."""
    try:
        allowed = who()
    except InvalidInput as error:
        heading("Corridor", "")
        st.error(BROKEN.format(plain(error)), icon=":material/lock:")
        return False
    if allowed is Door.everybody or (allowed is Door.here and is_here(st.context.headers)):
        return True
    if allowed is Door.here:
        heading("Corridor", "")
        st.info(STRANGER, icon=":material/lock:")
        return False
    if getattr(st.user, "is_logged_in", False):
        with st.sidebar:
            st.button("Sign out", on_click=st.logout, icon=":material/logout:")
        return True
    heading("Corridor", LEAD)
    st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")
    return False
