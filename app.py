"""WSGI entry: ``gunicorn app:app``; see ``gridmgmt serve``."""

import gc
import os

from gridmgmt.settings import load_settings
from gridmgmt.web.app import create_app

app = create_app(load_settings(os.environ))
for template in app.jinja_env.list_templates(extensions=["html"]):
    app.jinja_env.get_template(template)  # compiled here, once for all processes, and not while somebody waits
# What is loaded stays: looking through it for garbage again and again costs a request a tenth of a second now and then.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
