"""WSGI entry: ``gunicorn app:app``; see ``gridmgmt serve``."""

import os

from gridmgmt.settings import load_settings
from gridmgmt.web.app import create_app

app = create_app(load_settings(os.environ))
