"""What was acknowledged is kept, whatever is killed."""

import http.client
import json
import threading
import time
import urllib.request
from uuid import uuid4

from tests.service import Service

HERE = (111.7856, 37.2611)


def post(url: str, key: str) -> str:
    """Post a report; return the number it was acknowledged with."""
    lon, lat = HERE
    body = {"category": "other", "text": key, "lon": lon, "lat": lat, "datum": "cgcs2000"}
    request = urllib.request.Request(  # noqa: S310
        f"{url}/incidents",
        json.dumps(body).encode(),
        {"content-type": "application/json", "idempotency-key": key},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        number: str = json.load(answer)["number"]
        return number


def test_every_acknowledged_report_survives_a_kill_of_everything() -> None:
    acknowledged: dict[str, str] = {}
    sent: list[str] = []
    stop = threading.Event()

    def keep_posting() -> None:
        while not stop.is_set():
            key = str(uuid4())
            sent.append(key)
            try:
                acknowledged[key] = post(service.url, key)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                    sent.remove(key)  # the service was down: it never left
                time.sleep(0.05)

    with Service() as service:
        threads = [threading.Thread(target=keep_posting) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(2):
            goal, until = len(acknowledged) + 40, time.monotonic() + 30
            while len(acknowledged) < goal and time.monotonic() < until:
                time.sleep(0.01)
            service.kill_everything()
            service.start()
        stop.set()
        for thread in threads:
            thread.join()
        # the same key again is answered with the same number: it is there, and only once
        assert len(acknowledged) >= 80
        assert {key: post(service.url, key) for key in acknowledged} == acknowledged
        # what was cut off before its answer can be sent again without doubling
        unanswered = set(sent) - set(acknowledged)
        again = {key: post(service.url, key) for key in unanswered}
        assert {key: post(service.url, key) for key in unanswered} == again
