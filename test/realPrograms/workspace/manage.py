# A Django project in one file.
import atexit, os, pathlib, sys

from django.conf import settings
from django.core.management import execute_from_command_line

if not settings.configured:
    settings.configure(DEBUG=True, ROOT_URLCONF="manage", SECRET_KEY="x", ALLOWED_HOSTS=["*"])
urlpatterns = []
if __name__ == "__main__":
    folder = pathlib.Path(os.environ["TRIAL_FOLDER"])
    atexit.register((folder / "django.atexit").touch)
    execute_from_command_line(sys.argv)
