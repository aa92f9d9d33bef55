"""Runs every example of the man pages as it stands there: examples.py KAPPA CONNINFO, in an empty folder.

The lines are taken from the program's own --help-json. One broker serves them all; only what belongs to another machine
is said otherwise: hosts, ports and folders. What would go on for ever is ended by Ctrl-C, and must then say so with its
status. A line that this file does not know is run as it is and must end with 0, so a new example is tested from its
first day. Prints what failed, and then how many lines were run.
"""
import json, os, re, signal, subprocess, sys, time

kappa, conninfo = os.path.realpath(sys.argv[1]), sys.argv[2]
here = os.getcwd()
os.makedirs("bin")
os.makedirs("home/.config/fish/completions")
os.symlink(kappa, "bin/kappa")
clean = {"PATH": f"{here}/bin:/usr/bin:/bin", "HOME": f"{here}/home", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
ran, failed = [], []


def spawn(line, environment):
    return subprocess.Popen(["bash", "--norc", "-o", "pipefail", "-c", line], env=environment, cwd=here, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True)


def serve(folder, *options):
    """A broker, and its address."""
    server = subprocess.Popen([kappa, "broker", "run", "--data", folder, "--listen", "127.0.0.1:0", "--json", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean)
    return server, json.loads(server.stdout.readline())["item"]["address"]


# The broker that all of them ask, and the one of the pipeline that brings none.
(server, address), (kafka, second) = serve("log"), serve("kafka")
# One that asks who its clients are, and how its super user signs in.
os.umask(0o077)
for name, text in {"accounts": "root:secret\n", "root.word": "secret\n", "root.properties": (
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=root\n"
        f"sasl.password=file:{here}/root.word\n")}.items():
    with open(name, "w") as file:
        file.write(text)
asking, signed = serve("asking", "--users", f"{here}/accounts", "--super-users", "root")
as_root = f"KAPPA_BROKERS={signed} KAPPA_PROPERTIES={here}/root.properties kappa broker"
registry = subprocess.Popen([kappa, "schema", "serve", "--listen", "127.0.0.1:0", "--brokers", address, "--json"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean)
schemas = json.loads(registry.stdout.readline())["item"]["address"]
site = subprocess.Popen([kappa, "simulate", "serve", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True,
                        env=clean)
rest = next(word for word in site.stderr.readline().split() if word.startswith("http"))
# Words that libpq finds in the environment where a line names no store.
place = dict(re.findall(r"(\w+)=(\S+)", conninfo))
libpq = {"PGHOST": place["host"], "PGUSER": place["user"], "PGDATABASE": place["dbname"],
         "PGPORT": place.get("port", "5432")}
# Their own folder of data as well: the usual view is that of the pipelines.
client = {**clean, **libpq, "KAPPA_BROKERS": address, "KAPPA_LISTEN": "127.0.0.1:0", "XDG_DATA_HOME": f"{here}/data"}
# Only those that are about schemas: elsewhere a registry would be one setting more.
schema_client = {**client, "KAPPA_REGISTRY": schemas}

# What belongs to another machine, or would take too long here.
PLACES = [
    ("http://127.0.0.1:8000/params/all", rest), ("http://127.0.0.1:8081", schemas),
    ("schema get 7", "schema get 1"), ("postgres://site@db/monitoring", "'" + conninfo + "'"),
    ("kafka:9092", second), ("/tmp/demo", f"{here}/demo"), ("/srv/kappa", f"{here}/srv"),
    ("/backup", f"{here}/backup"), ("--for 60s", "--for 2s"), ("--count 100000", "--count 5000"),
    ("--listen :9000", "--listen :0"), ("--listen :8082", "--listen :0"), ("--duration 1d", "--duration 1h"), ("./fix.py", "cat"),
    # Addresses that any machine has free, and files that are there.
    ("--page 127.0.0.1:9000", f"--page 127.0.0.1:0 --data {here}/paged"), ("--listen 0.0.0.0:8443", "--listen 0.0.0.0:0"),
    ("--zone Europe/London", "--zone Europe/London --listen 127.0.0.1:0"), ("/srv/reports", here),
    # No server of that kind runs here; the stores' own tests start one.
    ("kappa sink mysql --store mariadb://site@db/monitoring", "kappa sink mysql --help"),
    ("kappa sink elasticsearch --store", "kappa sink elasticsearch --help"),
    ("kappa sink opensearch --store", "kappa sink opensearch --help"),
    # A topic that has records takes no archive in.
    ("/monitoring --into monitoring", "/monitoring --into back"),
    ("/monitoring --into trial", "/monitoring --into other"),
    # It asks, and here is nobody to answer.
    ("kappa broker users", f"{as_root} users"), ("kappa broker acls", f"{as_root} acls"),
    ("users add logger", f"users add logger --password file:{here}/root.word"),
    ("--password file:/run/secrets/logger", ""),
    ("kappa replay drop 2", "kappa replay drop 2 --yes"),
    # Nobody is told of it.
    ("register site.csv --notify https://chat.example/hook", "register site.csv --notify http://127.0.0.1:9/hook"),
    # A secret that is there, as far as anybody asks for it.
    ("env:HOOK_SECRET", "env:HOME"),
]
# Those that go on until they are told to end.
ENDLESS = [
    r"^kappa up$", r"^kappa up --brokers", r"^kappa up --page", r"^kappa broker run( |$)", r"^kappa simulate( \| kappa produce)?$",
    r"^kappa simulate --rate",
    r"^kappa serve", r"^kappa schema serve", r"^kappa simulate serve", r"^kappa simulate users --rate", r"^kappa produce .*--http", r"^kappa consume .*@-1h",
    r"^kappa consume --pretty", r"^kappa process --window 10s$", r"^kappa process -i ", r"^kappa process (map|wordcount)", r"^kappa sink postgres",
    r"^kappa alarms run --register site.csv( --notify .*)?$",
]
# Those that answer by their status: 1 for an alarm, for a difference, for something that is not there.
ANSWERS = [r"--max-lag", r"--expect-equal", r"^kappa doctor", r"^kappa groups list --topic", r"--exit-code"]


def local(line):
    if line.startswith("kappa alarms notify"):
        # Whoever would be told is on no network of ours; the notifier's own tests tell somebody.
        return "kappa alarms notify --help"
    if line == "kappa schema serve":
        # Over the same topic it would take the place of the one that the others ask.
        return line + " --topic _trial"
    for theirs, ours in PLACES:
        line = line.replace(theirs, ours)
    return line


def environment(line):
    """A pipeline of its own, and brokers of their own, are not told of another one."""
    own = re.match(r"kappa (up|down|status|broker)\b", line)
    if re.match("kappa schema (?!serve)", line):
        return schema_client
    return {**clean, "KAPPA_LISTEN": "127.0.0.1:0"} if own else client


def check(line, child, wanted):
    try:
        output, errors = child.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, errors = child.communicate()
        errors += "(it did not end)"
    if child.returncode not in wanted:
        failed.append(f"{line}\n  ended with {child.returncode}, not {wanted}: {errors.strip()[-600:]}")


def run(line):
    if line in ran:
        return
    ran.append(line)
    wanted = (0, 1) if any(re.search(word, line) for word in ANSWERS) else (0,)
    check(line, spawn(local(line), environment(line)), wanted)


def run_endless(lines):
    """All at once, and Ctrl-C for all of them: for the whole of each pipe, as a terminal does it."""
    children = [(line, spawn("exec " + local(line) if "|" not in line else local(line), environment(line)))
                for line in lines]
    ran.extend(lines)
    time.sleep(4)
    for line, child in children:
        if child.poll() is not None:
            failed.append(f"{line}\n  ended by itself with {child.returncode}: {child.stderr.read()[-600:]}")
        else:
            os.killpg(child.pid, signal.SIGINT)
    for line, child in children:
        check(line, child, (130,))


def prepare(line):
    done = subprocess.run(["bash", "--norc", "-o", "pipefail", "-c", line], env=environment(line), cwd=here, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"the scene cannot be set: {line}\n{done.stderr[-600:]}{done.stdout[-600:]}")


def examples(command):
    for example in command["examples"]:
        yield example["line"]
    for each in command["commands"]:
        yield from examples(each)


def scene():
    """What the lines take to be there."""
    run("kappa topics create monitoring -p 6")
    prepare("kappa simulate --start 2024-01-01 --duration 10m --boreholes 5 > readings.ndjson")
    prepare("kappa simulate --start 2024-01-01 --duration 10m --boreholes 5 --bad 2% --late 1% > faulty.ndjson")
    prepare("kappa produce faulty.ndjson --topic monitoring --key-field borehole_number --on-error keep")
    prepare("printf '%s' '{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"long\"}]}' > reading.avsc")
    schema_line = f"kappa schema register %s reading.avsc --registry {schemas}"
    prepare(schema_line % "monitoring-value" + " && " + schema_line % "old-value")
    prepare("kappa topics create orders scratch old new messages responses users people lines counts trades bars events trial")
    prepare("echo '{\"a\": 1}' | kappa produce old --json --on-error skip || true")
    prepare("umask 077 && printf 'anna:secret of anna\\n' > users && openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
            "-subj /CN=monitor.example -keyout site.key -out site.crt 2> openssl.log && cat site.key site.crt > site.pem")
    prepare("kappa alarms init > site.csv && cp site.csv new.csv")
    reading = ('{"borehole_number":"BH-9483","instrument":"piezometer","surface_level":1,"northing":1,"easting":1,'
               '"reading":199,"timestamp":"2024-01-01T00:%s:00Z"}')
    prepare(f"printf '%s\\n%s\\n' '{reading % 10}' '{reading % 11}' | "
            "kappa produce monitoring --key-field borehole_number")
    prepare("kappa alarms run --register site.csv --drain")
    prepare("kappa sink sqlite alarms --table alarms --drain")
    prepare("printf 'timestamp;borehole_number;reading\\n2024-01-31 13:45;BH-1;-3,25\\n' > logger.csv")
    prepare("printf '[topic more]\\npartitions = 2\\n' > topics.conf")
    prepare("kappa consume monitoring -e --group site > /dev/null")
    prepare("kappa groups reset old --to start --topic monitoring --yes")


def story(lines):
    """What needs an order, in that order."""
    for line in ["kappa process --drain", "kappa sink sqlite --store sqlite:views.db --drain"]:
        run(line)
    prepare("kappa sink sqlite --drain && kappa sink sqlite --store sqlite:kappa.db --drain")
    run("kappa wait group kappa.monitoring --lag 0")
    for line in ["kappa replay start --window 1m --dry-run", "kappa replay start --window 1m --drain",
                 "kappa replay status", "kappa replay diff", "kappa replay diff --expect-equal --json",
                 "kappa replay switch --mode corrections", "kappa replay current piezometer"]:
        run(line)
    os.mkdir("backup")
    run("kappa archive monitoring /backup/monitoring")
    prepare("kappa replay drop 2 --yes")
    # A generation with a table runs while it is switched to, and back.
    follower = "kappa replay start --window 1m --store sqlite:kappa.db"
    ran.append(follower)
    child = spawn("exec " + follower, client)
    try:
        prepare("for turn in {1..100}; do kappa replay diff && exit; sleep 0.2; done; kappa replay status; exit 1")
    except SystemExit as problem:
        os.killpg(child.pid, signal.SIGKILL)
        sys.exit(f"{problem}\n{follower}: {child.communicate()[1][-600:]}")
    run("kappa replay switch --store sqlite:kappa.db")
    run("kappa replay rollback --store sqlite:kappa.db")
    os.killpg(child.pid, signal.SIGINT)
    check(follower, child, (130,))
    run("kappa up --detach && kappa status")
    for line in ["kappa status", "kappa down"]:
        run(line)
    run("kappa broker start --data /srv/kappa")
    prepare(f"kappa broker stop --data {here}/srv")
    prepare("kappa broker start")
    for line in ["kappa broker status --json", "kappa broker stop"]:
        run(line)
    prepare(f"cp -r srv backup/broker")
    endless = [line for line in lines if any(re.search(word, line) for word in ENDLESS)]
    # Two brokers do not share a folder, that of a pipeline among them, and two pipelines neither.
    third = [line for line in endless if re.match("kappa broker run --fsync", line)]
    second = [line for line in endless if re.match("kappa (broker run|up --brokers)", line) and line not in third]
    run_endless([line for line in endless if line not in second + third])
    run_endless(second)
    run_endless(third)


try:
    lines = list(examples(json.loads(subprocess.run(
        [kappa, "--help-json"], capture_output=True, text=True, env=clean, check=True).stdout)["command"]))
    scene()
    story(lines)
    for line in lines:
        run(line)
finally:
    registry.terminate()
    server.terminate()
    kafka.terminate()
    asking.terminate()
    site.terminate()
for text in failed:
    print(text)
print(f"{len(ran)} examples were run, {len(failed)} failed")
