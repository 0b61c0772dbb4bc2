"""The browser app: its pages. Start it with ``corridor app``."""


def main() -> None:
    """Show the page that the address names."""
    # Worker processes import this file; they need nothing of it.
    import streamlit as st

    from corridor.experiments.reporting.language import _
    from corridor.views import language, signin
    from corridor.views.page import ICON, LOGO, style

    st.set_page_config(page_title="Corridor", page_icon=ICON, layout="wide")
    language.settle()
    st.html(style())
    st.logo(LOGO, size="large")
    if not signin.is_open():
        return
    from corridor.views import compare, displacement, explore, method, research

    pages = [
        st.Page(compare.page, title=_("Compare"), icon=":material/balance:", url_path="compare", default=True),
        st.Page(explore.page, title=_("Explore"), icon=":material/explore:", url_path="explore"),
        st.Page(research.page, title=_("Experiments"), icon=":material/science:", url_path="experiments"),
        st.Page(displacement.page, title=_("Displacement"), icon=":material/camping:", url_path="displacement"),
        st.Page(method.page, title=_("Method"), icon=":material/menu_book:", url_path="method"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · Corridor")
    language.choice()
    if page is not pages[0]:
        language.only_english()
    language.mark()
    page.run()


if __name__ == "__main__":
    main()
