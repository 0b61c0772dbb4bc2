"""The browser app: its pages. Start it with ``corridor app``."""


def main() -> None:
    """Show the page that the address names."""
    # Worker processes import this file; they need nothing of it.
    import streamlit as st

    from corridor.views import signin
    from corridor.views.page import ICON, LOGO, STYLE

    st.set_page_config(page_title="Corridor", page_icon=ICON, layout="wide")
    st.html(STYLE)
    st.logo(LOGO, size="large")
    if not signin.is_open():
        return
    from corridor.views import compare, displacement, explore, method, research

    pages = [
        st.Page(compare.page, title="Compare", icon=":material/balance:", url_path="compare", default=True),
        st.Page(explore.page, title="Explore", icon=":material/explore:", url_path="explore"),
        st.Page(research.page, title="Experiments", icon=":material/science:", url_path="experiments"),
        st.Page(displacement.page, title="Displacement", icon=":material/camping:", url_path="displacement"),
        st.Page(method.page, title="Method", icon=":material/menu_book:", url_path="method"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · Corridor")
    page.run()


if __name__ == "__main__":
    main()
