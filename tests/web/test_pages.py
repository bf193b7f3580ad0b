"""Every page in both languages, with what it must say and what it must never do."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.security import load_or_create_secret
from tests import toy_city
from tests.web_city import HOSTILE

PAGES = (
    "/",
    "/map",
    "/report",
    "/road-chief",
    "/road-chief/zones/Z-E",
    "/road-chief/people/P3",
    "/coverage/toilet",
    "/coverage/demolition-site",
    "/nope",
)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_ours_alone(client: FlaskClient, address: str, lang: str) -> None:
    """No foreign host, no inline script without the nonce, no style attribute, no markup from data, and small."""
    response = client.get(f"{address}?lang={lang}")
    page = response.get_data(as_text=True)
    assert response.status_code == (404 if address == "/nope" else 200)
    assert len(response.data) < 50_000
    assert not [url for url in re.findall(r"https?://[^\s\"'<>)]+", page) if not url.startswith("http://www.w3.org/")]
    assert "<img src=x" not in page
    policy = response.headers["Content-Security-Policy"]
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        if body.strip() and "application/json" not in attributes:
            nonce = re.search(r'nonce="([^"]+)"', attributes)
            assert nonce
            assert f"'nonce-{nonce[1]}'" in policy
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert "unsafe" not in policy
    assert f'lang="{"en" if lang == "en" else "zh-CN"}"' in page


def test_language_is_kept_in_a_cookie(client: FlaskClient) -> None:
    """Chinese first; English once asked for stays."""
    assert "您要做什么" in client.get("/").get_data(as_text=True)
    assert "What do you want to do?" in client.get("/?lang=en").get_data(as_text=True)
    assert "What do you want to do?" in client.get("/").get_data(as_text=True)
    assert "您要做什么" in client.get("/?lang=zh").get_data(as_text=True)


def test_english_pages_hold_no_chinese_of_ours(client: FlaskClient) -> None:
    """What is left in Chinese is data: names, class names, and the switch back."""
    allowed = [
        "中文",
        "玩具市",
        "玩具区",
        "甲",
        "公厕",
        "王路长",
        "西社区责任区",
        "东社区责任区",
        "李路长",
        "赵路长",
        "东街道综合执法中心",
        "西街道综合执法中心",
        "市管道路",
    ]
    for address in ("/", "/coverage/toilet", "/road-chief"):
        page = client.get(f"{address}?lang=en").get_data(as_text=True)
        bare = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        for word in allowed:
            bare = bare.replace(word, "")
        assert not re.findall(r"[\u4e00-\u9fff]+", bare), address


def test_search_on_the_map_works_without_a_script(client: FlaskClient) -> None:
    """Results lead to the report page at their place."""
    page = client.get("/map?q=西社区").get_data(as_text=True)
    assert "/report?lon=114.0" in page
    assert toy_city.WEST_COMMUNITY in page


def test_road_chief_list_counts_coverage_and_finds_by_name(client: FlaskClient) -> None:
    """Two zones, both with a chief today; a search narrows both lists."""
    page = client.get("/road-chief").get_data(as_text=True)
    assert "100.0%" in page
    found = client.get("/road-chief?q=李").get_data(as_text=True)
    assert "李路长" in found
    assert "东社区责任区" not in found


def test_zone_page_shows_team_segments_and_terms(client: FlaskClient) -> None:
    """1+2+N with dates; segments that run through the zone, R1 with its own chief."""
    page = client.get("/road-chief/zones/Z-W").get_data(as_text=True)
    for word in ("李路长", "钱楼长", "孙店长", "2026-01-01", "南大路", "赵路长", "北小路"):
        assert word in page
    assert "R3" not in page
    features = client.get("/road-chief/zones/Z-W.geojson").get_json()["features"]
    assert [f["properties"].get("code") for f in features if f["properties"]["type"] == "segment"] == ["R1", "R2"]


def test_chief_of_a_segment_only_has_a_page(client: FlaskClient) -> None:
    """Zhao holds no zone, but R1."""
    page = client.get("/road-chief/people/P4").get_data(as_text=True)
    assert "R1" in page
    assert [f["properties"]["type"] for f in client.get("/road-chief/people/P4.geojson").get_json()["features"]] == ["segment"]
    assert client.get("/road-chief/people/nobody").status_code == 404
    assert client.get("/road-chief/zones/nowhere").status_code == 404


def test_hostile_chief_is_shown_as_text(client: FlaskClient) -> None:
    """A name with markup is a name."""
    page = client.get("/road-chief/people/P3").get_data(as_text=True)
    assert HOSTILE in unescape(page)


def test_coverage_counts_grids_by_radius(client: FlaskClient) -> None:
    """10 m reaches one grid of four, 300 m all of them; the rule and its source are named."""
    assert "25.0%" in client.get("/coverage/toilet?radius=10").get_data(as_text=True)
    page = client.get("/coverage/toilet").get_data(as_text=True)
    assert "4 / 4" in page
    assert "GB 55013-2021" in page
    assert client.get("/coverage/toilet?radius=0").status_code == 400
    assert client.get("/coverage/toilet?radius=1e9").status_code == 400


def test_city_without_shapes_still_opens(empty_url: str, tmp_path: Path) -> None:
    """Without a city every page says so with 503, and so does health."""
    app: Flask = create_app(Settings(database_url=empty_url, var_dir=tmp_path))
    app.testing = True
    client = app.test_client()
    for address in ("/map", "/health", "/api/search?q=x"):
        assert client.get(address).status_code == 503
    assert "gridmgmt city init" in client.get("/map").get_data(as_text=True)
    app.extensions["door"].engine.dispose()


def test_dead_database_is_503_not_500(tmp_path: Path) -> None:
    """Health says it in problem+json."""
    app = create_app(Settings(database_url="postgresql://nobody@/none?host=/nowhere", var_dir=tmp_path))
    response = app.test_client().get("/health")
    assert (response.status_code, response.content_type) == (503, "application/problem+json; charset=utf-8")


def test_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    """Two workers share it; nobody else reads it."""
    folder = tmp_path / "var"
    first, second = load_or_create_secret(folder), load_or_create_secret(folder)
    assert first == second
    assert len(first) == 64
    assert (folder / "web_secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["web_secret"]
