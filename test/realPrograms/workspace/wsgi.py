# A WSGI app with a clean-up at the exit, for gunicorn and flask.
import atexit, os, pathlib, time

import flask

folder = pathlib.Path(os.environ["TRIAL_FOLDER"])


def clean_up():
    time.sleep(0.2)
    (folder / "wsgi.atexit").touch()


atexit.register(clean_up)
(folder / "wsgi.ready").touch()


app = flask.Flask("wsgi")
