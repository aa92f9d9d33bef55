"""Looks at every page of a running `kappa serve` as a person does, and prints what is wrong, one line each.

Usage: pages.py ADDRESS FOLDER [BOREHOLE INSTRUMENT]: screenshots at 1280, 390 and on paper go to FOLDER.
"""

import json
import sys
import urllib.parse
import urllib.request

from browser import Browser

address, folder = sys.argv[1].rstrip("/"), sys.argv[2]
host = address.split("/")[2]
problems = []


def check(what, is_so, found=""):
    if not is_so:
        problems.append(f"{what}: {found}")


def ask(path):
    return json.load(urllib.request.urlopen(address + path))


rows = ask("/api/latest")["rows"]
borehole, instrument = sys.argv[3:5] if len(sys.argv) > 4 else rows[0][:2]
one = "/i/" + urllib.parse.quote(borehole, safe="") + "/" + urllib.parse.quote(instrument, safe="")
pages = {
    "overview": "/", "instrument": one, "compare": "/compare", "pivot": "/pivot", "alarms": "/alarms", "completeness": "/completeness?from=1h",
    "topics": "/log", "log": "/log/monitoring", "search": "/log/monitoring?contains=onerror", "jobs": "/jobs", "generations": "/generations", "report": "/report", "doctor": "/doctor",
    "kiosk": "/?kiosk",
}
settled = "!document.querySelector('main').innerText.includes('One moment')"


def look(browser, name, path):
    page = browser.page()
    page.go(address + path)
    page.wait(settled)
    page.wait("document.getElementById('live').textContent.startsWith('live') || document.getElementById('live').textContent.startsWith('no data')")
    check(f"{name} cannot be shown", "cannot be shown" not in page.text(), page.text()[:200])
    # A name that is markup stays a name, wherever it is shown.
    check(f"{name} made markup of a name", page.evaluate("document.querySelectorAll('main img, main script, main iframe:not(.report)').length") == 0)
    check(f"{name} ran a name", not page.evaluate("Boolean(window.ran)"))
    check(f"{name} shows what is nothing", not page.evaluate("/(^|\\n)(null|undefined|NaN|\\[object Object\\])(\\n|$)/.test(document.querySelector('main').innerText)"))
    page.shot(f"{folder}/{name}-1280.png")
    page.pdf(f"{folder}/{name}.pdf")
    page.scheme(dark=True)
    page.shot(f"{folder}/{name}-dark.png")
    page.scheme(dark=False)
    page.size(390, 844, True)
    wide = page.wait("document.documentElement.scrollWidth")
    check(f"{name} is wider than a phone", wide <= 390, wide)
    page.shot(f"{folder}/{name}-390.png")
    check(f"{name} has troubles", not page.troubles(), page.troubles())
    check(f"{name} asks other hosts", page.hosts() <= {host}, page.hosts())
    page.close()


def hands(browser):
    """Search by keyboard, a page, back, reload; a drag on the chart; the same picture by its link."""
    page = browser.page()
    page.go(address + "/")
    page.wait(settled)
    page.key("/")
    page.type(borehole[:12])
    page.wait("document.querySelector('#found a')")
    page.key("Enter")
    page.wait("location.pathname.startsWith('/i/')")
    page.wait("document.querySelector('canvas')")
    page.evaluate("history.back()")
    page.wait("location.pathname === '/' && document.querySelector('h1').textContent === 'Overview'")
    page.go(address + one)
    page.wait("document.querySelector('.chart canvas') && /results/.test(document.querySelector('main').innerText)")
    x, y, w = page.evaluate("(() => { const r = document.querySelector('canvas').getBoundingClientRect(); return [r.x, r.y, r.width]; })()")
    page.mouse("mousePressed", x + w * .4, y + 100)
    page.mouse("mouseMoved", x + w * .6, y + 100)
    page.mouse("mouseReleased", x + w * .6, y + 100)
    page.wait("new URLSearchParams(location.search).has('to')")
    link = page.evaluate("location.href")
    page.wait(settled)
    other = browser.page()
    other.go(link)
    same = "document.querySelector('canvas')?.getAttribute('aria-label')"
    other.wait(f"{same}?.includes(' to ')")
    page.wait(f"{same} === {json.dumps(other.evaluate(same))}")
    page.evaluate("location.reload()")
    page.wait(f"{same} === {json.dumps(other.evaluate(same))}")
    check("hands: troubles", not page.troubles(), page.troubles())
    page.close()
    other.close()


def tabs(browser):
    """The seventh tab opens as the first one does: one stream serves all."""
    opened = [browser.page() for _ in range(7)]
    for page in opened:
        page.go(address + "/")
        page.wait("document.getElementById('live').textContent.startsWith('live') || document.getElementById('live').textContent.startsWith('no data')", 8)
    streams = sum(any(e["request"]["url"].endswith("/live") for e in page.events("Network.requestWillBeSent")) for page in opened)
    check("seven tabs have one stream", streams == 1, streams)
    for page in opened:
        page.close()


def weight():
    names = {"/", "/style.css", "/app.js"} | {"/" + n for n in ("dom.js", "format.js", "live.js", "chart.js", "readings.js", "range.js", "overview.js", "instrument.js", "pivot.js", "compare.js", "completeness.js", "log.js", "jobs.js", "generations.js", "alarms.js", "report.js", "doctor.js", "session.js")}
    size = 0
    for name in names:
        request = urllib.request.Request(address + name, headers={"Accept-Encoding": "gzip"})
        size += len(urllib.request.urlopen(request).read())
    check("the whole page is at most 80 kB compressed", size <= 80_000, size)


browser = Browser()
try:
    for name, path in pages.items():
        look(browser, name, path)
    hands(browser)
    tabs(browser)
    dark = browser.page(dark=True, reduced=True)
    dark.go(address + "/")
    dark.wait(settled)
    dark.shot(f"{folder}/overview-dark.png")
    check("dark is dark", dark.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 28)", dark.evaluate("getComputedStyle(document.body).backgroundColor"))
    dark.close()
    weight()
finally:
    browser.close()
for problem in problems:
    print(problem)
