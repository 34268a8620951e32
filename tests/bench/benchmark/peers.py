"""Other load generators: how each is told to keep N connections busy for S seconds, and what it counted."""
import json
import re
import shutil

from .processes import Unavailable, run_child

K6_SCRIPT = "import http from 'k6/http';\nexport default function () { http.get('%s'); }\n"


def wrk(setting, url, connections):
    return ["wrk", "-t1", f"-c{connections}", f"-d{setting.seconds}s", url]


def h2load(setting, url, connections):
    return ["h2load", "--h1", f"-c{connections}", "-t1", f"-D{setting.seconds}", url]


def hey(setting, url, connections):
    return ["hey", "-cpus", 1, "-c", connections, "-z", f"{setting.seconds}s", url]


def oha(setting, url, connections):
    return ["oha", "--no-tui", "-c", connections, "-z", f"{setting.seconds}s", url]


def autocannon(setting, url, connections):
    return ["autocannon", "-c", connections, "-d", setting.seconds, "--json", url]


def vegeta(setting, url, connections):
    targets = setting.folder / "vegeta.txt"
    targets.write_text(f"GET {url}\n")
    return ["vegeta", "attack", f"-targets={targets}", "-rate=0", f"-max-workers={connections}",
            f"-connections={connections}", f"-duration={setting.seconds}s", f"-output={setting.folder}/vegeta.bin"]


def k6(setting, url, connections):
    script = setting.folder / "k6.js"
    script.write_text(K6_SCRIPT % url)
    return ["k6", "run", "--quiet", "--vus", connections, "--duration", f"{setting.seconds}s",
            "--summary-export", setting.folder / "k6.json", script]


def vegeta_count(setting, _):
    report = run_child(["vegeta", "report", "-type=json", setting.folder / "vegeta.bin"])[0]
    return json.loads(report.stdout)["status_codes"].get("200")


def k6_count(setting, _):
    return json.loads((setting.folder / "k6.json").read_text())["metrics"]["http_reqs"]["count"]


def printed(pattern):
    def count(_, output):
        found = re.search(pattern, output)
        return found and int(found[1])
    return count


PEERS = {
    "wrk": (wrk, printed(r"(\d+) requests in")),
    "h2load": (h2load, printed(r"(\d+) succeeded")),
    "oha": (oha, printed(r"\[200\] (\d+) responses")),
    "hey": (hey, printed(r"\[200\]\s+(\d+) responses")),
    "vegeta": (vegeta, vegeta_count),
    "autocannon": (autocannon, printed(r'"2xx":(\d+)')),
    "k6": (k6, k6_count),
}


def installed(names):
    return [name for name in names if shutil.which(name)]


def cost(setting, name, url, connections):
    """Microseconds of CPU per request of one run of that peer."""
    if not shutil.which(name):
        raise Unavailable(f"{name} is not installed")
    command, count = PEERS[name]
    done, cpu = run_child(command(setting, url, connections))
    requests = count(setting, done.stdout)
    if not requests:
        raise Unavailable(f"{name} counted no answers: {(done.stdout + done.stderr).strip()[-200:]}")
    return cpu / requests
