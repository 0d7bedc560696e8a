# Cleans up for 300 ms when it is interrupted.
import atexit, pathlib, time

atexit.register(pathlib.Path("python.atexit").touch)
pathlib.Path("python.ready").touch()
try:
    while True:
        time.sleep(1)
except KeyboardInterrupt:
    time.sleep(0.3)
    pathlib.Path("python.cleaned").touch()
