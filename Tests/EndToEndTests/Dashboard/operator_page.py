"""An operator at the page: signs in by the form, acknowledges an alarm, produces a record. Usage: operator_page.py ADDRESS FOLDER HOSTILE"""

import json
import sys

from browser import Browser

address, folder, hostile = sys.argv[1:4]
browser = Browser()
try:
    page = browser.page()
    page.go(address + "/alarms", "document.querySelector('form.signin')", 40)
    assert "BH-1" not in page.text() and "alarm" not in page.text().split("Sign in")[1], page.text()
    page.shot(folder + "/signin-1280.png")
    page.evaluate("document.querySelector('input[name=name]').focus()")
    page.type("olga")
    page.key("Tab")
    page.evaluate("document.querySelector('input[name=password]').focus()")
    page.type("wrong")
    page.key("Enter")
    page.wait("/not a name and its password/.test(document.querySelector('form').innerText)", 40)
    page.type("s3cret")
    page.key("Enter")
    page.wait("document.querySelectorAll('main section:first-of-type tbody tr').length === 2", 40)
    assert page.evaluate("document.cookie") == "", "a script can read the cookie"
    assert "olga" in page.evaluate("document.getElementById('session').textContent")
    page.shot(folder + "/operator-1280.png")
    # The comment is hostile, and stays a text for everybody who reads it.
    row = "[...document.querySelectorAll('main section:first-of-type tbody tr')].find(r => r.textContent.includes('BH-1'))"
    page.evaluate(f"{row}.querySelector('input').focus()")
    page.type(hostile[:20])
    page.evaluate(f"[...{row}.querySelectorAll('button')].find(b => b.textContent === 'Acknowledge').click()")
    page.wait(f"{row}.textContent.includes('acknowledged by olga')", 60)
    assert hostile[:20] in page.text()
    page.evaluate(f"[...{row}.querySelectorAll('button')].find(b => b.textContent === 'Shelve for 8 h').click()")
    page.wait(f"{row}.textContent.includes('shelved until')", 60)
    page.go(address + "/log/monitoring")
    page.wait("document.querySelector('details.produce')", 40)
    page.evaluate("document.querySelector('details.produce').open = true")
    page.evaluate("document.querySelector('details.produce textarea').focus()")
    page.type("by hand")
    page.evaluate("document.querySelector('details.produce button').click()")
    page.wait("/it is monitoring-0 @ 4/.test(document.querySelector('details.produce').innerText)", 60)
    page.click("details.produce a")
    page.wait("/by hand/.test(document.querySelector('main').innerText) && new URLSearchParams(location.search).get('offset') === '4'", 40)
    page.evaluate("document.querySelector('#session button').click()")
    page.wait("document.querySelector('form.signin')", 40)
    # What was asked without a session is a 401, which the browser notes on its console.
    troubles = [t for t in page.troubles() if "401" not in t and "403" not in t]
    assert not page.evaluate("Boolean(window.ran)") and not troubles, troubles
    print("good")
finally:
    browser.close()
