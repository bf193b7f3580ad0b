"""Read the photos that come with a step or a report (随附照片), and ask whether those an action demands are there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gridmgmt.cases.model import CaseAction
from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.errors import InvalidInputError
from gridmgmt.photos.model import PhotoRole

MOST_PHOTOS = 9  # of one step
LONGEST_CAPTION = 200
SHA256 = re.compile(r"[0-9a-f]{64}")


def photos_given(details: Mapping[str, Any]) -> list[GivenPhoto]:
    """Return ``details["photos"]``; raise InvalidInputError (field ``photos``) for what is no list of photos."""
    listed = details.get("photos", [])
    if not isinstance(listed, list):
        raise InvalidInputError("photos", "is not a list", zh="照片须为列表")
    if len(listed) > MOST_PHOTOS:
        raise InvalidInputError("photos", f"more than {MOST_PHOTOS} at a time", zh=f"一次最多 {MOST_PHOTOS} 张照片")
    return [_given(entry) for entry in listed]


def _given(entry: object) -> GivenPhoto:
    if not isinstance(entry, dict) or not isinstance(entry.get("photo"), str) or not SHA256.fullmatch(entry["photo"]):
        raise InvalidInputError("photos", "a photo is named by the hash its upload answered with", zh="照片编号无效，请重新上传")
    if entry.get("role") not in set(PhotoRole):
        known = "、".join(f"{role.value}({role.zh})" for role in PhotoRole)
        raise InvalidInputError("photos", f"the role is none of {', '.join(PhotoRole)}", zh=f"照片类型须为 {known}")
    caption = entry.get("caption", "")
    if not isinstance(caption, str) or len(caption) > LONGEST_CAPTION:
        raise InvalidInputError(
            "photos", f"a caption is a text of at most {LONGEST_CAPTION} characters", zh=f"照片说明最多 {LONGEST_CAPTION} 字"
        )
    return GivenPhoto(entry["photo"], PhotoRole(entry["role"]), caption.strip())


def check_demanded(action: CaseAction, given: Sequence[GivenPhoto], demanded: Collection[PhotoRole]) -> None:
    """Raise InvalidInputError (field ``photos``) when a role of photo is missing that the action must show."""
    missing = [role for role in PhotoRole if role in demanded and role not in {photo.role for photo in given}]
    if missing:
        en = ", ".join(role.en.lower() for role in missing)
        zh = "、".join(role.zh for role in missing)
        raise InvalidInputError("photos", f"{action.en} needs a photo: {en}", zh=f"{action.zh}须附照片：{zh}")
