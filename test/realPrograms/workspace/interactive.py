import atexit, pathlib
atexit.register(pathlib.Path("python.atexit").touch)
