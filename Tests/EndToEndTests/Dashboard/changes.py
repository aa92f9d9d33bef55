"""What operators may do by the page, and what nobody else may. Usage: changes.py ADDRESS; KAPPA, KAPPA_BROKERS in the environment."""

import http.client
import json
import os
import subprocess
import sys

address = sys.argv[1].rstrip("/")
host = address.split("//")[1]
kappa = os.environ["KAPPA"]


def ask(path, method="GET", body=None, cookie=None, **headers):
    connection = http.client.HTTPConnection(host, timeout=60)
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    if cookie:
        headers["Cookie"] = cookie
    if body is not None and "Content-Type" not in headers:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, None if body is None else json.dumps(body) if isinstance(body, dict) else body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer


def sign_in(name, password):
    status, text, answer = ask("/api/session", "POST", {"name": name, "password": password})
    assert status == 200, (status, text)
    field = answer.getheader("Set-Cookie")
    assert "HttpOnly" in field and "SameSite=Strict" in field and "Path=/" in field and "Domain" not in field, field
    assert field.startswith("kappa_" + host.split(":")[1] + "="), field
    token = field.split(";")[0].split("=")[1]
    assert len(token) == 64, token
    return field.split(";")[0], json.loads(text)


def lines(*words):
    out = subprocess.run([kappa, *words], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


# Nothing of the site is there for whoever has not signed in; the form is.
assert ask("/")[0] == 200 and ask("/app.js")[0] == 200
for path in ["/api/alarms", "/api/site", "/api/latest", "/live", "/data/latest.csv", "/openapi.json", "/api/doctor"]:
    status, text, answer = ask(path)
    assert status == 401 and answer.getheader("WWW-Authenticate"), path
    assert not ask(path, sec_fetch_mode="cors")[2].getheader("WWW-Authenticate"), path
assert json.loads(ask("/api/session")[1])["role"] == "nobody"
assert ask("/api/session", "POST", {"name": "olga", "password": "wrong"})[0] == 403
assert ask("/api/session", "POST", {"name": "nobody", "password": ""})[0] == 403
viewer, who = sign_in("vic", "look:on")
assert (who["role"], who["allowsChanges"]) == ("viewer", True), who
operator, who = sign_in("olga", "s3cret")
assert who["role"] == "operator", who
assert ask("/api/alarms", cookie=viewer)[0] == 200
# Basic is for programs.
import base64
basic = "Basic " + base64.b64encode(b"vic:look:on").decode()
assert ask("/data/latest.csv", Authorization=basic)[0] == 200

note = {"sensor": "BH-1|piezometer", "alarm": "above", "comment": "<img src=x onerror=window.ran=1>"}
# Another page's script, an old browser's, a form, somebody who only looks, nobody.
for words, status in [
    (dict(cookie=operator, sec_fetch_site="cross-site"), 403), (dict(cookie=operator, sec_fetch_site="same-site"), 403),
    (dict(cookie=operator, Origin="http://evil.example"), 403), (dict(cookie=operator, Origin="null"), 403),
    (dict(cookie=operator, Content_Type="text/plain"), 415), (dict(cookie=viewer), 403), (dict(), 401),
    (dict(cookie=operator.split("=")[0] + "=" + "0" * 64), 401), (dict(cookie=operator, Host="evil.example"), 421),
]:
    got = ask("/api/alarms/acknowledge", "POST", note, **words)
    assert got[0] == status, (words, got)
for body in [{"sensor": "BH-1|piezometer", "side": "above"}, {}, {"sensor": 1}, "[", "[]", {"sensor": "BH-1|piezometer", "alarm": "beside"}]:
    got = ask("/api/alarms/acknowledge", "POST", body, cookie=operator)
    assert got[0] == 400, (body, got)
# A GET changes nothing, whatever it says.
assert ask("/api/alarms/acknowledge?sensor=BH-1", cookie=operator)[0] == 405

own = dict(cookie=operator, sec_fetch_site="same-origin", Origin=address)
got = ask("/api/alarms/acknowledge", "POST", note, **own)
assert got[0] == 200, got
assert ask("/api/alarms/acknowledge", "POST", note, **own)[0] == 409, "twice"
assert ask("/api/alarms/acknowledge", "POST", {"sensor": "BH-77|piezometer"}, **own)[0] == 409
listed = {a["sensor"]: a for a in lines("alarms", "list", "--ndjson")}
assert listed["BH-1|piezometer"]["state"] == "acknowledged by olga", listed
done = [e for e in lines("alarms", "history", "--ndjson") if e["event"] == "acknowledged"]
assert [(e["by"], e["comment"]) for e in done] == [("olga", note["comment"])], done
assert ask("/api/alarms/shelve", "POST", {"sensor": "BH-1|piezometer", "hours": 8}, **own)[0] == 200
assert "shelved until" in {a["sensor"]: a for a in lines("alarms", "list", "--ndjson")}["BH-1|piezometer"]["state"]
assert ask("/api/alarms/shelve", "POST", {"sensor": "BH-1|piezometer", "hours": 0}, **own)[0] == 200
assert ask("/api/alarms/shelve", "POST", {"sensor": "BH-1|piezometer", "hours": -1}, **own)[0] == 400

got = ask("/api/log/monitoring", "POST", {"key": "k", "value": "{\"by\": \"hand\"}"}, **own)
assert got[0] == 200, got
place = json.loads(got[1])
found = json.loads(ask(f"/api/log/monitoring?partition={place['partition']}&offset={place['offset']}", cookie=viewer)[1])["records"][0]
assert (found["key"]["text"], found["value"]["text"]) == ("k", '{"by": "hand"}'), found
assert [(h["name"], h["value"]["text"]) for h in found["headers"]] == [("kappa.produced-by", "olga")], found
for topic in ["kappa.control", "__consumer_offsets"]:
    assert ask(f"/api/log/{topic}", "POST", {"value": "x"}, **own)[0] == 409, topic
assert ask("/api/log/none.such", "POST", {"value": "x"}, **own)[0] >= 400
assert ask("/api/log/monitoring", "POST", {"value": "x"}, cookie=viewer)[0] == 403

# A switch that nobody has looked into is refused; after the look it is shown.
change = {"generation": 2, "against": 1}
assert ask("/api/generations/switch", "POST", change, **own)[0] == 409
assert ask("/api/generations/switch", "POST", change, cookie=viewer)[0] == 403
assert ask("/api/generations/difference?new=2&against=1", cookie=operator)[0] == 200
got = ask("/api/generations/switch", "POST", change, **own)
assert got[0] == 200, got
state = json.loads(ask("/api/generations", cookie=viewer)[1])
assert (state["live"], state["shown"]) == (2, 2), state
rows = json.loads(ask("/api/latest", cookie=viewer)[1])["rows"]
assert {r[0]: r[2] for r in rows}["BH-2"] == 180, rows
# And back, which is the same.
assert ask("/api/generations/switch", "POST", change, **own)[0] == 409
assert ask("/api/generations/difference?new=1&against=2", cookie=operator)[0] == 200
assert ask("/api/generations/switch", "POST", {"generation": 1, "against": 2}, **own)[0] == 200

assert ask("/api/session/end", "POST", cookie=operator)[0] == 204
assert ask("/api/alarms", cookie=operator)[0] == 401
# Guessing gets no answer but no, the right password neither.
codes = [ask("/api/session", "POST", {"name": "olga", "password": str(i)})[0] for i in range(11)]
assert codes[0] == 403 and codes[-1] == 429, codes
assert ask("/api/session", "POST", {"name": "olga", "password": "s3cret"})[0] == 429
print("good")
