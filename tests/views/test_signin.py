"""Sign-in with a provider of OpenID Connect: nothing is shown before it, everything after it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import expect

from corridor.views.gallery import GALLERY
from docs.make_screenshots import CHROMIUM, browser, free_port, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Debian's Chromium at {CHROMIUM} (make browser)"),
]

KEY = RSAKey.generate_key(2048, {"kid": "one"})
SLOW = 60_000


class Provider(BaseHTTPRequestHandler):
    """Lets everybody in who comes with the right client; says who they are in a signed token."""

    nonces: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        parts = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        here = f"http://{self.headers['Host']}"
        if parts.path == "/authorize":
            code = f"code-{len(self.nonces)}"
            self.nonces[code] = query["nonce"]
            self.send_response(302)
            self.send_header(
                "Location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
            )
            self.end_headers()
        elif parts.path == "/keys":
            self._answer({"keys": [KEY.as_dict(private=False)]})
        else:
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            signing = {"issuer": here, "id_token_signing_alg_values_supported": ["RS256"]}
            self._answer(signing | {name: f"{here}/{path}" for name, path in names.items()})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        here, now = f"http://{self.headers['Host']}", int(time.time())
        claims = {
            "iss": here, "aud": "corridor", "sub": "7", "name": "A planner", "iat": now, "exp": now + 600,
            "nonce": self.nonces.pop(form["code"][0]),
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
        self._answer({"access_token": "t", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _answer(self, content: dict[str, object]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_pages_open_after_sign_in_and_close_after_sign_out(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / ".streamlit").mkdir()
    with provider() as issuer:
        (tmp_path / ".streamlit" / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            'cookie_secret = "only for this test, and never anywhere else"\n'
            f'client_id = "corridor"\nclient_secret = "s"\n'
            f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n'
        )
        with serve(tmp_path, port) as address, browser() as chromium:
            page = chromium.new_page()
            page.goto(f"{address}/method")
            sign_in = page.get_by_role("button", name="Sign in")
            expect(sign_in).to_be_visible(timeout=SLOW)
            expect(page.get_by_role("tab", name="Parameters")).to_have_count(0)
            sign_in.click()
            expect(page.get_by_role("heading", name=GALLERY[0].words)).to_be_visible(timeout=SLOW)
            page.get_by_role("button", name="Sign out").click()
            expect(sign_in).to_be_visible(timeout=SLOW)
