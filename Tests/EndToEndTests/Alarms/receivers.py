#!/usr/bin/env python3
"""A web server and a mail server that say what they were told, one JSON object on each line.

    receivers.py REFUSED SECRET [HANG]

The first line names their ports. The web server refuses the first so many posts with 500, or with HANG leaves the first
one without an answer. Signatures are checked by Python's hmac, mails are read by Python's email.
"""
import asyncio, email, email.policy, hashlib, hmac, json, sys

refused, secret, hang = int(sys.argv[1]), sys.argv[2].encode(), "HANG" in sys.argv
posts = 0


def say(**what):
    print(json.dumps(what), flush=True)


async def web(reader, writer):
    global posts
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return writer.close()
    fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if ": " in line)}
    body = await reader.readexactly(int(fields["content-length"]))
    posts += 1
    if hang and posts == 1:
        say(status=0)
        await asyncio.sleep(3600)
    status = 500 if posts <= refused else 200
    code = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    say(status=status, key=fields.get("idempotency-key"), signed=fields.get("x-kappa-signature") == code,
        message=json.loads(body))
    writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
    await writer.drain()
    writer.close()


async def mail(reader, writer):
    async def answer(line):
        writer.write(line.encode() + b"\r\n")
        await writer.drain()

    await answer("220 here")
    to, sender = [], None
    while line := (await reader.readline()).decode().strip():
        verb = line.upper()
        if verb.startswith("MAIL FROM:"): sender = line[10:].strip().split()[0]
        if verb.startswith("RCPT TO:"): to.append(line[8:].strip())
        if verb.startswith("DATA"):
            await answer("354 go on")
            lines = []
            while (part := await reader.readline()) not in (b".\r\n", b""):
                lines.append(part[1:] if part.startswith(b"..") else part)
            parsed = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            say(to=to, sender=sender, header_to=str(parsed["To"]), subject=str(parsed["Subject"]),
                id=str(parsed["Message-ID"]), text=parsed.get_content())
        if verb.startswith("QUIT"):
            await answer("221 bye")
            break
        await answer("250 fine")
    writer.close()


async def main():
    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for serve in (web, mail)]
    say(web=servers[0].sockets[0].getsockname()[1], mail=servers[1].sockets[0].getsockname()[1])
    await asyncio.sleep(3600)

asyncio.run(main())
