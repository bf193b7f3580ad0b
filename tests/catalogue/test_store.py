"""Classes are found by code, by their 2013 code, and by words."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gridmgmt.catalogue import store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind

NOW, OLD = "GB/T 47678.5-2026", "CJ/T 214"
COVER = ManagedClass(NOW, ManagedKind.COMPONENT, "01001", "供水井盖", "01", "市政公用设施", None)
COVER_FAULT = ManagedClass(NOW, ManagedKind.MATTER, "01001", "供水井盖异常", "01", "市政公用设施类", None)
RUBBISH = ManagedClass(NOW, ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110")
HEAPS = ManagedClass(NOW, ManagedKind.MATTER, "06011", "积存垃圾渣土", "06", "市容环境类", "0111")
OTHER = ManagedClass(OLD, ManagedKind.MATTER, "0110", "暴露垃圾", "01", "市容环境", None)


@pytest.fixture(autouse=True)
def catalogue(empty_session: Session) -> None:
    assert store.add_classes(empty_session, [COVER, COVER_FAULT, RUBBISH, HEAPS, OTHER]) == 5


def test_the_same_code_is_another_class_in_another_kind_or_standard(empty_session: Session) -> None:
    assert store.find_class(empty_session, NOW, ManagedKind.COMPONENT, "01001") == COVER
    assert store.find_class(empty_session, NOW, ManagedKind.MATTER, "01001") == COVER_FAULT
    assert store.find_class(empty_session, OLD, ManagedKind.MATTER, "0110") == OTHER


def test_a_code_of_2013_finds_the_matter_of_today(empty_session: Session) -> None:
    assert store.find_class(empty_session, NOW, ManagedKind.MATTER, "0110") == RUBBISH
    assert store.find_class(empty_session, NOW, ManagedKind.COMPONENT, "0110") is None


def test_a_search_finds_names_majors_codes_and_old_codes(empty_session: Session) -> None:
    def search(query: str) -> list[ManagedClass]:
        return store.search_classes(empty_session, query, standard=NOW)

    assert search("垃圾") == [RUBBISH, HEAPS]
    assert search("0111") == [HEAPS]
    assert search("供水") == [COVER, COVER_FAULT]
    assert search("市容") == [RUBBISH, HEAPS]
    assert search("06") == [RUBBISH, HEAPS]
    assert search("%") == []


def test_a_search_is_limited_and_can_be_of_one_kind(empty_session: Session) -> None:
    assert store.search_classes(empty_session, "垃圾", standard=NOW, limit=1) == [RUBBISH]
    assert store.search_classes(empty_session, "供水", standard=NOW, kind=ManagedKind.MATTER) == [COVER_FAULT]


def test_classes_are_listed_in_order_and_removed_by_key(empty_session: Session) -> None:
    assert store.list_classes(empty_session, NOW) == [COVER, COVER_FAULT, RUBBISH, HEAPS]
    assert store.list_classes(empty_session, kind=ManagedKind.COMPONENT) == [COVER]
    assert store.remove_classes(empty_session, [(NOW, ManagedKind.MATTER, "01001")]) == 1
    assert store.list_classes(empty_session, NOW) == [COVER, RUBBISH, HEAPS]
