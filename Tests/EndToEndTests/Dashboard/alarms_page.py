"""Looks at alarms as a person does: which stand, one's history, and that they go by themselves when they are over.

Usage: alarms_page.py ADDRESS FOLDER HOSTILE; KAPPA and KAPPA_BROKERS are in the environment.
"""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request

from browser import Browser

address, folder, hostile = sys.argv[1:4]
kappa = os.environ["KAPPA"]


def ask(path):
    return json.load(urllib.request.urlopen(address + path))


def alarms():
    return ask("/api/alarms?state=all")


def reading(borehole, time, value):
    return json.dumps({"borehole_number": borehole, "instrument": "piezometer", "reading": value, "unit": "kPa", "surface_level": 1,
                       "northing": 5812000, "easting": 318000, "timestamp": f"2024-05-01T{time}Z"}) + "\n"


def run(*words, text=""):
    subprocess.run([kappa, *words], input=text.encode(), check=True, stdout=subprocess.DEVNULL)


browser = Browser()
try:
    page = browser.page()
    page.go(address + "/alarms")
    page.wait("document.querySelectorAll('main section:first-of-type tbody tr').length === 2", 40)
    rows = {r["borehole"]: r for r in alarms()["rows"]}
    one, other = rows["BH-1"], rows[hostile]
    assert (one["level"], one["severity"], one["value"], one["limit"], one["peak"], one["state"]) == ("alarm", 2, 210, 200, 210, "open"), one
    assert (other["level"], other["value"], other["limit"], other["response"]) == ("alert", 150.25, 100, "Check the <b>pumps</b>"), other
    text = page.text()
    for word in ("■ alarm", "◆ alert", "BH-1", hostile, "limit 200.0", "Check the <b>pumps</b>", "open"):
        assert word in text, (word, text)
    # The worst comes first, and the frame of every page says how many there are.
    assert page.evaluate("document.querySelector('main tbody tr td').textContent.trim()") == "■ alarm"
    page.wait("document.getElementById('alarms').textContent === '■ 2 alarms'", 40)
    # What happened to one: it was raised, and it escalated.
    page.go(address + "/alarms?" + urllib.parse.urlencode({"sensor": "BH-1|piezometer"}))
    page.wait("/What happened to BH-1/.test(document.querySelector('main').innerText)", 40)
    events = [e["event"] for e in ask("/api/alarms/history?" + urllib.parse.urlencode({"sensor": "BH-1|piezometer"}))["rows"]]
    assert events == ["escalated", "raised"], events
    # Each event leads to the record that explains it.
    page.click("a[href^='/log/monitoring']")
    page.wait("location.pathname === '/log/monitoring' && document.querySelector('main').innerText.includes('210')", 40)
    # Words find one of them.
    page.go(address + "/alarms?find=bh-1")
    page.wait("document.querySelectorAll('main section:first-of-type tbody tr').length === 1", 40)
    # The overview and the chart of the instrument show them too: its levels, from when they hold.
    page.go(address + "/?kiosk")
    page.wait("document.querySelector('main').innerText.includes('Open alarms: 2')", 40)
    page.shot(folder + "/alarms-kiosk-1280.png")
    page.go(address + "/i/BH-1/piezometer?from=2024-05-01T11:59:50Z&to=2024-05-01T12:00:20Z")
    page.wait("document.querySelector('main').innerText.includes('Review levels') && document.querySelector('canvas')", 40)
    spans = ask("/api/levels?borehole=BH-1&instrument=piezometer")["spans"]
    assert [[l["limit"] for l in s["above"]] for s in spans] == [[100, 200], [110, 200]], spans
    assert spans[1]["from"] == 1714564802000 and spans[0]["to"] == 1714564802000, spans
    page.shot(folder + "/alarms-instrument-1280.png")
    # Somebody acknowledges it on the command line: the page that is open says so by itself.
    page.go(address + "/alarms")
    page.wait("document.querySelectorAll('main section:first-of-type tbody tr').length === 2", 40)
    page.evaluate("window.stayed = true")
    run("alarms", "ack", "BH-1|piezometer", "--by", "Ann", "--comment", "<i>seen</i>")
    page.wait("/acknowledged by Ann/.test(document.querySelector('main').innerText)", 60)
    assert "<i>seen</i>" in page.text()
    page.wait("document.getElementById('alarms').textContent === '◆ 1 alarm'", 40)
    # The values come down, and so do the alarms.
    run("produce", "monitoring", text=reading("BH-1", "12:01:00", 50) + reading(hostile, "12:01:01", 50))
    run("alarms", "run", "--register", "site.csv", "--drain", "--name", "alarms", "-o", "alarms", "--max-future", "1000000h")
    page.wait("/No alarm stands/.test(document.querySelector('main').innerText)", 60)
    page.wait("document.getElementById('alarms').textContent === '✓ no alarms'", 40)
    assert page.evaluate("window.stayed"), "it was loaded anew"
    assert not page.evaluate("Boolean(window.ran)") and not page.evaluate("document.querySelectorAll('main img, main b.x').length")
    assert not page.troubles(), page.troubles()
    print("good")
finally:
    browser.close()
