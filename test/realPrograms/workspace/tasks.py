# A Celery app with one task that takes a second, begun again and again; its broker is a folder.
import os, time

from celery import Celery, signals

folder = os.environ["TRIAL_FOLDER"]
queue = os.path.join(folder, "queue")
os.makedirs(queue, exist_ok=True)
app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": queue, "data_folder_out": queue, "polling_interval": 0.2}


def log(text):
    with open(os.path.join(folder, "celery.log"), "a") as file:
        file.write(text + "\n")


@app.task
def slow():
    log("task begins")
    time.sleep(1)
    log("task done")


@signals.worker_ready.connect
def ready(**_):
    slow.delay()


@signals.worker_shutdown.connect
def shutdown(**_):
    log("worker_shutdown")
