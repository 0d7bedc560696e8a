# Its workers are interrupted with it, and are joined.
import atexit, multiprocessing, os, pathlib, time


def work(number):
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        time.sleep(0.2)


if __name__ == "__main__":
    parent = os.getpid()
    atexit.register(lambda: os.getpid() == parent and pathlib.Path("python.atexit").touch())
    workers = [multiprocessing.Process(target=work, args=(i,)) for i in range(3)]
    for worker in workers:
        worker.start()
    time.sleep(0.3)
    pathlib.Path("python.ready").touch()
    try:
        for worker in workers:
            worker.join()
    except KeyboardInterrupt:
        for worker in workers:
            worker.join()
        pathlib.Path("python.cleaned").touch()
