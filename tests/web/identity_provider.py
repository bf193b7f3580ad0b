"""A small OpenID Connect provider that runs: it asks nobody for a password, and can be told to cheat."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "grid", "a secret between the two"


@dataclasses.dataclass
class Provider:
    """The provider: who signs in there next (``subject``), and what is wrong with what it says."""

    issuer: str = ""
    subject: str = "u-1"
    claims: dict[str, object] = dataclasses.field(default_factory=dict)  # written over what is true
    forge: bool = False  # signs with another key than it shows
    silent: bool = False  # gives no id token
    codes: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    key: RSAKey = dataclasses.field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))

    def id_token(self, asked: dict[str, str]) -> str:
        """Return what the provider says about who signed in."""
        moment = int(time.time())
        told = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": moment, "exp": moment + 300, "nonce": asked.get("nonce")}
        key = RSAKey.generate_key(2048, {"kid": "k1"}) if self.forge else self.key
        return jwt.encode({"alg": "RS256", "kid": "k1"}, {**told, **self.claims}, key)


def make_provider(provider: Provider) -> Flask:
    """Return the provider's pages."""
    app = Flask("provider")

    @app.get("/.well-known/openid-configuration")
    def metadata() -> ResponseReturnValue:
        ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        return {"issuer": provider.issuer, **{name: provider.issuer + path for name, path in ends.items()}} | {
            "id_token_signing_alg_values_supported": ["RS256"]
        }

    @app.get("/jwks")
    def jwks() -> ResponseReturnValue:
        return {"keys": [provider.key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize() -> ResponseReturnValue:
        asked = request.args.to_dict()
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        provider.codes[code] = asked
        return redirect(asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]}))

    @app.post("/token")
    def token() -> ResponseReturnValue:
        asked = provider.codes.pop(request.form["code"], None)
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        authorization = request.authorization
        known = authorization is not None and (authorization.username, authorization.password) == (CLIENT, SECRET)
        if asked is None or challenge != asked["code_challenge"] or not known or request.form["redirect_uri"] != asked["redirect_uri"]:
            return json.dumps({"error": "invalid_grant"}), 400, {"Content-Type": "application/json"}
        answer = {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 300}
        return answer if provider.silent else answer | {"id_token": provider.id_token(asked)}

    return app


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider on a free port."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, make_provider(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()
