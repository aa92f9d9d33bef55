"""Every page when something is amiss says what is so, and nothing turns for ever.

Usage: states.py CASE FOLDER, with KAPPA in the environment; it starts what it needs and ends it.
"""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

from browser import Browser

kappa, case, shots = os.environ["KAPPA"], sys.argv[1], sys.argv[2]
children = []
paths = ["/", "/compare", "/pivot", "/alarms", "/completeness", "/log", "/jobs", "/generations", "/report", "/doctor", "/i/BH-1/piezometer", "/log/monitoring"]


def start(*words, wait):
    child = subprocess.Popen([kappa, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    children.append(child)
    for line in child.stdout:
        if wait in line:
            return child, line
    raise SystemExit(f"{words} did not start")


def run(*words, text=""):
    return subprocess.run([kappa, *words], input=text, text=True, check=True, capture_output=True).stdout


def broker():
    child, line = start("broker", "run", "--data", "broker", "--listen", "127.0.0.1:0", wait="address")
    os.environ["KAPPA_BROKERS"] = line.split()[-1]
    return child


def serve(store="sqlite:view.db"):
    child, line = start("serve", "--listen", "127.0.0.1:0", "--store", store, "--zone", "UTC", "--json", wait="http")
    return child, "http://" + re.search(r"http://([^/]+)/", line)[1]


def insert(rows):
    """Rows (borehole, value, seconds since 1970) into the view, as the sink's table has them."""
    view = sqlite3.connect("view.db", timeout=30)
    stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(t))
    view.executemany("INSERT INTO record__g1 (boreholenumber, instrument, northing, easting, reading, ts, units, window_start, window_end, count, min, max, sum, source_topic, "
                     "source_partition, source_offset) VALUES (?, 'piezometer', ?, ?, ?, ?, 'kPa', ?, ?, 1, ?, ?, ?, 'x', 0, ?)",
                     [(b, 5812000 + i % 71 * 10, 318000 + i // 71 * 10, v, stamp(t + 5), stamp(t), stamp(t + 10), v, v, v, i) for i, (b, v, t) in enumerate(rows)])
    view.commit()
    view.close()


def look(page, address, expected):
    """Each page comes to an end, and says what is expected of it."""
    for path in paths:
        page.go(address + path, "document.querySelector('main > *') && !document.querySelector('main').innerText.includes('One moment')", 40)
        text = page.evaluate("document.querySelector('main').innerText")
        wanted = expected.get(path, expected.get("*"))
        assert len(text) > 8 and (wanted is None or re.search(wanted, text)), (path, wanted, text[:400])
        page.shot(f"{shots}/{case}-{path.strip('/').replace('/', '-') or 'overview'}.png", False)


browser = Browser()
page = browser.page()
try:
    if case == "all-away":
        os.environ["KAPPA_BROKERS"] = "127.0.0.1:1"
        _, address = serve("sqlite:none.db")
        look(page, address, {"*": "no such file|cannot be shown|cannot be reached|not answered|away|127.0.0.1:1", "/report": "Report", "/doctor": "no such file"})
        page.wait("document.getElementById('live').textContent.includes('store is away')", 30)
    elif case == "brokers-away":
        child = broker()
        run("store", "migrate", "--store", "sqlite:view.db")
        insert([("BH-1", 42.5, int(time.time()) - 20)])
        child.kill()
        child.wait()
        _, address = serve()
        # What the store knows is shown; what only the log knows says that the brokers are away.
        look(page, address, {"/": "up to date", "/i/BH-1/piezometer": "42.5", "/log": "cannot be shown|cannot be reached|not answered", "/jobs": "cannot be shown|cannot be reached|not answered",
                             "/alarms": "cannot be shown|being read|cannot be reached", "/doctor": "brokers"})
    elif case == "empty":
        broker()
        run("store", "migrate", "--store", "sqlite:view.db")
        _, address = serve()
        look(page, address, {"/": "No results yet", "/alarms": "No alarms are raised here", "/log": "No topics|The broker has none|kappa|topic", "/generations": "Only the first generation",
                             "/i/BH-1/piezometer": "No readings", "/log/monitoring": "no such topic"})
    elif case == "one-reading":
        broker()
        run("store", "migrate", "--store", "sqlite:view.db")
        insert([("BH-1", 42.5, int(time.time()) - 20)])
        _, address = serve()
        look(page, address, {"/": "Site plan: 1 borehole", "/i/BH-1/piezometer": "42.5"})
        page.go(address + "/i/BH-1/piezometer", "/1 results, all drawn/.test(document.querySelector('main').innerText)", 40)
    elif case == "many":
        broker()
        run("store", "migrate", "--store", "sqlite:view.db")
        insert([(f"BH-{i}", i % 100, int(time.time()) - 20) for i in range(1, 5001)])
        _, address = serve()
        look(page, address, {"/": "Site plan: 5.000 boreholes", "/i/BH-1/piezometer": "BH-1"})
        page.go(address + "/", "document.querySelectorAll('.plan .mark').length === 5000", 60)
        page.key("/")
        page.type("BH-4999")
        page.wait("document.querySelectorAll('#found a').length === 1", 40)
    elif case == "skew":
        broker()
        run("store", "migrate", "--store", "sqlite:view.db")
        insert([("BH-1", 42.5, int(time.time()) - 20)])
        _, address = serve()
        # This browser's clock is an hour ahead: ages are reckoned by the server's.
        page.send("Page.addScriptToEvaluateOnNewDocument", {"source": "{ const real = Date.now.bind(Date); Date.now = () => real() + 3600000; }"})
        page.go(address + "/i/BH-1/piezometer", "/up to date/.test(document.querySelector('main').innerText)", 40)
        age = page.evaluate("document.querySelector('[data-t]').textContent")
        assert re.fullmatch(r"\d+(\.\d)? s ago|[1-5] min ago", age), age
        page.go(address + "/doctor", "/ahead of the server/.test(document.querySelector('main').innerText)", 40)
    assert not page.evaluate("Boolean(window.ran)")
    troubles = [t for t in page.troubles() if "503" not in t and "Failed to load resource" not in t]
    assert not troubles, troubles
    print("good")
finally:
    browser.close()
    for child in children:
        child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
