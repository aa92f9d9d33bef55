"""Looks at what a generation would change, as a person does before it is shown.

Usage: generations_page.py ADDRESS FOLDER HOSTILE
"""

import json
import sys
import urllib.request

from browser import Browser

address, folder, hostile = sys.argv[1:4]
browser = Browser()
try:
    listed = json.load(urllib.request.urlopen(address + "/api/generations"))
    assert [(g["number"], g["isLive"]) for g in listed["generations"]] == [(1, True), (2, False)], listed
    assert listed["shown"] == 1, listed
    page = browser.page()
    page.go(address + "/generations")
    page.wait("[...document.querySelectorAll('button')].some(b => b.textContent === 'What would change')", 40)
    page.click("main table button")
    page.wait("/Generation 2 beside generation 1/.test(document.querySelector('main').innerText)", 60)
    found = json.load(urllib.request.urlopen(address + "/api/generations/difference?new=2&against=1"))
    assert not found["isEqual"] and found["isJudged"], found
    by = {s["sensor"]: s for s in found["sensors"]}
    # 105.5 and 210 become 211 and 420: alert and alarm before, alarm twice now.
    one, two, other = by["BH-1|piezometer"], by["BH-2|piezometer"], by[hostile + "|piezometer"]
    assert (one["changed"], one["beyond"], one["severity"], one["largest"]) == (2, [2, 2], [2, 2], 210), one
    # 90 becomes 180: beyond no level before, beyond the alert now.
    assert (two["changed"], two["beyond"], two["severity"], two["largest"]) == (1, [0, 1], [0, 1], 90), two
    assert (other["severity"], other["largest"]) == ([1, 2], 150.25), other
    assert found["alarmCount"] == 2, found
    text = page.text()
    for word in ("sensors stand otherwise", "none → ◆ level 1", "◆ level 1 → ■ level 2", hostile.replace("|", " · "), "kappa replay switch 2"):
        assert word in text, (word, text)
    # The link shows the same to somebody else, and back leads back.
    other = browser.page(width=390, height=844, mobile=True)
    other.go(page.evaluate("location.href"))
    other.wait("/Generation 2 beside generation 1/.test(document.querySelector('main').innerText)", 60)
    other.shot(folder + "/difference-390.png")
    page.shot(folder + "/difference-1280.png")
    page.evaluate("history.back()")
    page.wait("location.search === '' && !/beside generation/.test(document.querySelector('main').innerText)", 40)
    assert not page.evaluate("Boolean(window.ran)") and not page.troubles(), page.troubles()
    print("good")
finally:
    browser.close()
