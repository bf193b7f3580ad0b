"""The web application, put together."""

from __future__ import annotations

import datetime

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel

from gridmgmt.maps.assets import use_own_assets
from gridmgmt.settings import Settings
from gridmgmt.web import (
    accounts,
    act,
    api,
    asker,
    audit,
    board,
    bulk,
    case_export,
    case_extras,
    case_lists,
    case_page,
    case_rows,
    city_map,
    contacts,
    coverage,
    dispatch_rules,
    errors,
    follow,
    followed,
    frontages,
    guard,
    inspection,
    language,
    many_points,
    map_api,
    messages,
    my_duty,
    navigation,
    offline,
    oidc,
    options,
    own_account,
    params,
    patrol_api,
    patrols,
    photos,
    public_report,
    reading,
    report_api,
    road_chief,
    roles,
    security,
    sign_in,
    siting,
    siting_decisions,
    siting_layers,
    siting_plan,
    siting_report,
    siting_sets,
    start,
    tiles,
    uploads,
    words,
)
from gridmgmt.web.door import Door, close_session

LONGEST_FORM = 64 * 1024
MODULES_WITH_PAGES = (
    sign_in, start, oidc, own_account, accounts, roles, audit, tiles, api, many_points, map_api, city_map, public_report, road_chief, messages,
    my_duty, patrols, patrol_api, frontages, board, coverage, dispatch_rules, photos, follow, inspection, report_api, offline,
    case_page, contacts, case_lists, case_export, bulk, act, siting, siting_plan,
    siting_report, siting_sets, siting_decisions, siting_layers,
)  # fmt: skip


def create_app(settings: Settings) -> Flask:
    """Return the application; nothing is read from the database before the first request."""
    app = Flask("gridmgmt.web")
    app.config.update(
        SECRET_KEY=security.load_or_create_secret(settings.var_dir),
        **{followed.SECRET: security.load_or_create_secret(settings.var_dir, "follow_secret")},
        SESSION_COOKIE_NAME="gridmgmt",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=asker.LASTS,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LONGEST_FORM,
        SEND_FILE_MAX_AGE_DEFAULT=datetime.timedelta(hours=1),
    )
    app.extensions["door"] = opened = Door(settings)
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii = False
        app.json.sort_keys = False  # areas run from district to unit grid
    app.url_map.converters["int"] = params.RowNumber
    use_own_assets("/static")
    babel = Babel(app, default_locale="zh", locale_selector=language.choose, default_translation_directories="translations")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    babel.domain_instance = language.TEXTS
    app.jinja_env.install_gettext_callables(language.TEXTS.gettext, language.TEXTS.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.teardown_appcontext(close_session)
    for part in (uploads, language, security, errors, guard, navigation, words, options, case_rows, case_extras, messages, oidc):
        part.register(app)
    if opened.replica is not None:
        reading.register(app, opened.replica)
    for module in MODULES_WITH_PAGES:
        app.register_blueprint(module.pages)
    return app
