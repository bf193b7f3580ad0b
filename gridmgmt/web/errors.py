"""The one table from error to status, and how an error reads: problem+json for programs, a page for people."""

from __future__ import annotations

import http
import json
import logging

from flask import Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from gridmgmt.errors import GridError, InvalidInputError, NotReadyError, TooOftenError
from gridmgmt.web import language

STATUS = {
    "invalid_input": 400,
    "outside_city": 422,
    "bad_source": 422,
    "not_signed_in": 401,
    "not_allowed": 403,
    "not_found": 404,
    "conflict": 409,
    "too_often": 429,
    "not_ready": 503,
    "error": 500,
}
FOR_PROGRAMS = ("/api/", "/tiles/", "/health")
HTTP_ZH = {400: "请求有误", 403: "禁止访问", 404: "没有这个页面", 405: "不支持的请求方法", 413: "提交的内容过大", 500: "服务器出错"}
_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Answer every error of the product, of HTTP and of our own making."""
    app.register_error_handler(GridError, _grid_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_fault)


def wants_problem() -> bool:
    """Say whether the asker is a program."""
    return request.path.startswith(FOR_PROGRAMS) or request.accept_mimetypes.best == "application/json"


def problem(status: int, code: str, en: str, zh: str, *, field: str | None = None, row: int | None = None) -> ResponseReturnValue:
    """Answer with RFC 9457 problem+json, or with a page."""
    if not wants_problem():
        return render_template("error.html", status=status, sentence=zh if language.choose() == "zh" else en), status
    body = {"type": f"urn:gridmgmt:problem:{code}", "title": http.HTTPStatus(status).phrase, "status": status}
    body |= {"code": code, "detail": en, "detail_zh": zh} | ({"field": field} if field else {}) | ({"row": row} if row else {})
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, content_type="application/problem+json; charset=utf-8")


def _grid_error(error: GridError) -> ResponseReturnValue:
    field, row = (error.field, error.row) if isinstance(error, InvalidInputError) else (None, None)
    answer = make_response(problem(STATUS[error.code], error.code, str(error), error.zh, field=field, row=row))
    answer.headers.update(extra_headers(error))
    return answer


def extra_headers(error: GridError) -> dict[str, str]:
    """Return the headers that go with an error: when to ask again."""
    wait_s = error.wait_s if isinstance(error, TooOftenError | NotReadyError) else None
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


def _database_error(error: OperationalError) -> ResponseReturnValue:
    _log.error("database: %s", error.orig)
    return problem(STATUS[NotReadyError.code], NotReadyError.code, "the database does not answer", "数据库无响应")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < http.HTTPStatus.BAD_REQUEST:
        return error
    return problem(error.code, "http", error.description or error.name, HTTP_ZH.get(error.code, error.name))


def _our_fault(error: Exception) -> ResponseReturnValue:
    if current_app.testing:
        raise error
    _log.exception("unexpected error at %s", request.path)
    return problem(500, "internal", "something went wrong on the server; it has been logged", "服务器出错，已记录")
