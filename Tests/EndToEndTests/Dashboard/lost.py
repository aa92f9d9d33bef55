"""A page whose server is killed, and started again at the same place.

Usage: lost.py KAPPA
"""

import json
import socket
import subprocess
import sys

from browser import Browser

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
address = f"http://127.0.0.1:{port}/doctor"


def serve():
    words = [sys.argv[1], "serve", "--listen", f"127.0.0.1:{port}", "--store", "sqlite:none.db", "--brokers", "127.0.0.1:1", "--json"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    json.loads(server.stdout.readline())
    return server


server, browser = serve(), Browser()
try:
    page = browser.page()
    page.go(address)
    # The store is away: that is said as well.
    page.wait("document.getElementById('live').textContent.includes('store is away')", 20)
    assert not page.evaluate("document.body.classList.contains('is-old')")
    server.kill()
    server.wait()
    page.wait("document.getElementById('live').textContent.startsWith('connection lost')", 20)
    assert page.evaluate("document.body.classList.contains('is-old')"), "it is not greyed"
    server = serve()
    page.wait("!document.body.classList.contains('is-old')", 30)
    assert "connection lost" not in page.evaluate("document.getElementById('live').textContent")
    print("good")
finally:
    browser.close()
    server.kill()
    server.wait()
