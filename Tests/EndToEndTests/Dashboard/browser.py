"""Drives Debian's headless Chromium over its debugging pipe: JSON with a zero byte after each message, on descriptors 3 and 4."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


class Browser:
    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise SystemExit("no Chromium is installed")
        self.folder = tempfile.mkdtemp(prefix="kappa-browser-")
        there, self.writing = os.pipe()
        self.reading, back = os.pipe()

        def give():
            # The pipes' own numbers may be 3 or 4: they are moved out of the way first.
            a, b = os.dup(there), os.dup(back)
            while a in (3, 4):
                a = os.dup(a)
            while b in (3, 4):
                b = os.dup(b)
            os.dup2(a, 3)
            os.dup2(b, 4)

        words = [program, "--headless", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars",
                 "--user-data-dir=" + self.folder]
        if os.getuid() == 0:
            words.append("--no-sandbox")
        self.process = subprocess.Popen(words, preexec_fn=give, close_fds=False, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.close(there)
        os.close(back)
        self.rest, self.count, self.events = b"", 0, []

    def send(self, method, parameters=None, session=None):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        wanted = self.count
        while True:
            answer = self.receive()
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def receive(self, timeout=20):
        while b"\0" not in self.rest:
            piece = os.read(self.reading, 1 << 20)
            if not piece:
                raise RuntimeError("the browser has ended")
            self.rest += piece
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def page(self, width=1280, height=800, mobile=False, dark=False, reduced=False):
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            page.send(domain + ".enable")
        page.size(width, height, mobile)
        page.scheme(dark, reduced)
        return page

    def close(self):
        try:
            self.send("Browser.close")
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Page:
    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target

    def send(self, method, parameters=None):
        return self.browser.send(method, parameters, self.session)

    def size(self, width, height, mobile=False):
        self.send("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})

    def scheme(self, dark=False, reduced=False):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        if reduced:
            features.append({"name": "prefers-reduced-motion", "value": "reduce"})
        self.send("Emulation.setEmulatedMedia", {"features": features})

    def go(self, address, ready="document.querySelector('main h1, main .empty, main .note')", timeout=15):
        self.send("Page.navigate", {"url": address})
        return self.wait(ready, timeout)

    def evaluate(self, expression):
        result = self.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "it threw"))
        return result["result"].get("value")

    def wait(self, expression, timeout=15):
        """Waits until the expression is true in the page; what it became."""
        end = time.monotonic() + timeout
        while True:
            try:
                value = self.evaluate(f"(() => {{ const found = {expression}; return found instanceof Node ? true : found; }})()")
                if value:
                    return value
            except RuntimeError:
                value = None  # The page is between two documents.
            if time.monotonic() > end:
                raise RuntimeError(f"it never became true: {expression}; the page shows: {self.text()[:400]}")
            time.sleep(0.03)

    def text(self):
        try:
            return self.evaluate("document.body.innerText") or ""
        except RuntimeError:
            return ""

    def click(self, selector):
        place = self.evaluate(f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()")
        self.mouse("mousePressed", *place)
        self.mouse("mouseReleased", *place)

    def mouse(self, kind, x, y, buttons=1):
        self.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left" if buttons else "none", "buttons": buttons, "clickCount": 1})

    def key(self, key, text=None):
        for kind in ("keyDown", "keyUp"):
            parameters = {"type": kind, "key": key}
            if text and kind == "keyDown":
                parameters["text"] = text
            if key == "Enter" and kind == "keyDown":
                parameters.update(text="\r", windowsVirtualKeyCode=13)
            self.send("Input.dispatchKeyEvent", parameters)

    def type(self, text):
        for letter in text:
            self.key(letter, letter)

    def shot(self, path, whole=True):
        data = self.send("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def pdf(self, path):
        data = self.send("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def events(self, method):
        self.evaluate("1")
        return [e["params"] for e in self.browser.events if e.get("sessionId") == self.session and e["method"] == method]

    def troubles(self):
        """Errors of scripts, of the console, of the content policy; and requests to other hosts."""
        found = [e["exceptionDetails"].get("exception", {}).get("description", str(e)) for e in self.events("Runtime.exceptionThrown")]
        found += [str(e["entry"]["text"]) + " " + str(e["entry"].get("url", "")) for e in self.events("Log.entryAdded") if e["entry"]["level"] == "error"]
        found += [str(e["args"]) for e in self.events("Runtime.consoleAPICalled") if e["type"] in ("error", "assert")]
        found += [str(e["issue"]) for e in self.events("Audits.issueAdded") if "contentSecurityPolicy" in json.dumps(e)]
        return found

    def hosts(self):
        return {e["request"]["url"].split("/")[2] for e in self.events("Network.requestWillBeSent") if "//" in e["request"]["url"]}

    def close(self):
        self.browser.send("Target.closeTarget", {"targetId": self.target})
