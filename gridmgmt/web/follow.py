"""Follow a case without an account: number and code, how far it is, whether one is satisfied."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gridmgmt.cases.follow import LONGEST_COMMENT, answer_satisfaction, get_progress
from gridmgmt.errors import GridError, InvalidInputError, NotFoundError
from gridmgmt.photos.model import PhotoSize
from gridmgmt.web import errors, followed, language
from gridmgmt.web.door import now, profile, session, transaction
from gridmgmt.web.guard import gives_back, needs
from gridmgmt.web.limits import limited
from gridmgmt.web.params import query, text_of
from gridmgmt.web.photos import picture
from gridmgmt.web.public_words import MILESTONES, STATES
from gridmgmt.web.security import keep_nothing

pages = Blueprint("follow", __name__)
pages.after_request(keep_nothing)  # the photos say themselves how long they are kept

ANSWERS = {"yes": True, "no": False}


@pages.get("/follow")
@needs("case.follow")
def get_form() -> ResponseReturnValue:
    """Ask for number and code; list the cases this browser reported."""
    return _form(text_of(query(), "case_no", longest=40))


def give_back(error: GridError, case_no: str | None = None) -> ResponseReturnValue:
    """Give a form back with what was typed, but not the code."""
    if case_no is None:
        return _form(text_of(request.form, "case_no", longest=40), error=error), errors.STATUS[error.code]
    if not followed.is_ours(case_no):
        raise error
    return _case(case_no, error=error, comment=text_of(request.form, "comment", longest=LONGEST_COMMENT)), errors.STATUS[error.code]


@pages.post("/follow")
@needs("case.follow")
@limited("follow")
@gives_back(give_back)
def post_code() -> ResponseReturnValue:
    """Open a case whose code is shown; a number that does not exist and a code that is wrong get the same answer."""
    case_no, code = text_of(request.form, "case_no", longest=40), text_of(request.form, "code", longest=40)
    if not followed.opens(case_no, code):
        sentence = InvalidInputError("code", "number and code do not belong together", zh="案卷号与查询码不符，请核对后重试")
        if errors.wants_problem():
            raise sentence
        return _form(case_no, error=sentence), 400
    followed.remember(case_no)
    return redirect(url_for("follow.get_case", case_no=case_no), 303)


@pages.get("/follow/<case_no>")
@needs("case.follow")
def get_case(case_no: str) -> ResponseReturnValue:
    """Show how far a case is; ask for the code where it was not shown yet."""
    if not followed.is_ours(case_no):
        return redirect(url_for("follow.get_form", case_no=case_no), 303)
    return _case(case_no)


@pages.post("/follow/<case_no>/answer")
@needs("case.follow")
@limited("follow")
@gives_back(give_back)
def post_answer(case_no: str) -> ResponseReturnValue:
    """Keep whether who reported is satisfied."""
    followed.require(case_no)
    given, comment = text_of(request.form, "satisfied"), text_of(request.form, "comment", longest=LONGEST_COMMENT)
    try:
        if given not in ANSWERS:
            raise InvalidInputError("satisfied", "choose yes or no", zh="请选择满意或不满意")
        with transaction() as opened:
            answer_satisfaction(opened, case_no, satisfied=ANSWERS[given], comment=comment, now=now())
    except GridError as error:
        if errors.wants_problem():
            raise
        return _case(case_no, error=error, comment=comment), errors.STATUS[error.code]
    return redirect(url_for("follow.get_case", case_no=case_no), 303)


@pages.get("/follow/<case_no>/photos/<sha256>")
@needs("case.follow")
def get_photo(case_no: str, sha256: str) -> ResponseReturnValue:
    """Show a photo that is published with a case."""
    return _photo(case_no, sha256, PhotoSize.FULL)


@pages.get("/follow/<case_no>/photos/<sha256>/thumb")
@needs("case.follow")
def get_thumb(case_no: str, sha256: str) -> ResponseReturnValue:
    """Show the small picture of such a photo."""
    return _photo(case_no, sha256, PhotoSize.THUMB)


def _photo(case_no: str, sha256: str, size: PhotoSize) -> ResponseReturnValue:
    followed.require(case_no)
    if sha256 not in {photo.photo.sha256 for photo in get_progress(session(), case_no).photos}:
        raise NotFoundError(f"there is no photo {sha256[:12]}", zh="没有这张照片")
    return picture(sha256, size)


def _form(case_no: str, *, error: GridError | None = None) -> str:
    return render_template(
        "follow.html", city=profile(), case_no=case_no, ours=followed.list_ours(), sentence=error and language.said(error)
    )


def _case(case_no: str, *, error: GridError | None = None, comment: str = "") -> str:
    progress = get_progress(session(), case_no)
    return render_template(
        "follow_case.html", city=profile(), progress=progress, words=STATES[progress.state], titles=MILESTONES, comment=comment,
        longest=LONGEST_COMMENT, sentence=error and language.said(error),
    )  # fmt: skip
