# An ASGI app with the lifespan protocol, for uvicorn.
import asyncio, os, pathlib

folder = pathlib.Path(os.environ["TRIAL_FOLDER"])


async def app(scope, receive, send):
    if scope["type"] != "lifespan":
        return
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            (folder / "asgi.startup").touch()
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.sleep(0.2)
            (folder / "asgi.shutdown").touch()
            await send({"type": "lifespan.shutdown.complete"})
            return
