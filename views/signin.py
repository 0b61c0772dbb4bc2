"""Sign-in through an identity provider (OpenID Connect), for those who run the app for a closed circle.

It is on if, and only if, the server's ``.streamlit/secrets.toml`` has a section ``auth``; see docs/app.md.
"""

from __future__ import annotations

import streamlit as st

from views.page import heading

LEAD = "This server is open to those who sign in."


def is_wanted() -> bool:
    """Return whether the server asks people to sign in."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def is_open() -> bool:
    """Return whether the pages may be shown; if not, show the way to sign in instead."""
    if not is_wanted():
        return True
    if getattr(st.user, "is_logged_in", False):
        with st.sidebar:
            st.button("Sign out", on_click=st.logout, icon=":material/logout:")
        return True
    heading("Corridor", LEAD)
    st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")
    return False
