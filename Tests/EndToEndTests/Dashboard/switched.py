"""A generation is switched while somebody looks. Usage: switched.py ADDRESS; KAPPA and KAPPA_BROKERS in the environment."""

import os
import subprocess
import sys

from browser import Browser

address = sys.argv[1].rstrip("/")
browser = Browser()
try:
    page = browser.page()
    page.go(address + "/i/BH-2/piezometer?from=2024-05-01T11:59:00Z&to=2024-05-01T12:01:00Z", "/^90/.test(document.querySelector('.big')?.textContent ?? '')", 40)
    page.wait("document.getElementById('live').textContent.startsWith('live')", 40)
    page.evaluate("window.stayed = true")
    subprocess.run([os.environ["KAPPA"], "replay", "switch", "2", "--without-diff", "--store", "sqlite:view.db"], check=True, capture_output=True)
    page.wait("/^180/.test(document.querySelector('.big').textContent)", 60)
    assert page.evaluate("window.stayed"), "it was loaded anew"
    assert not page.troubles(), page.troubles()
    print("good")
finally:
    browser.close()
