#!/usr/bin/python3
"""docs/natsonde.schema.json holds for what the program writes, and says something: schema.py NATSONDE.

Reports of many simulated networks are validated. A key that the schema does not name is an error here, and every key that it
names has to be in docs/json.md. Reports that are spoilt on purpose have to be refused. Prints "ok NAME" or "FAIL NAME: why"."""
import copy
import json
import re
import subprocess
import sys

import jsonschema

NATSONDE = sys.argv[1]
SPECS = (
	[f"mapping={m},filtering={f}" for m in ("eim", "adm", "apdm", "none") for f in ("eif", "adf", "apdf")]
	+ [f"server={s}" for s in ("binding-only", "ignores-change", "rejects-change", "answers-400", "same-ip", "dead-alternate",
		"dead-port", "drops-change", "drops-first", "private-alternate", "third-address", "late", "silent", "no-response-port")]
	+ [f"udp={u},tcp={t}" for u in ("drop", "reject") for t in ("pass", "drop", "reject")]
	+ ["family=both", "family=6", "family=6,udp=reject", "conflict=a2p1", "conflict=a2p2", "pool=4,pooling=arbitrary", "nats=2",
		"alg=rewrites", "ports=random,loss=10,seed=7", "loss=30,burst=5,seed=3", "mapping=apdm,server=no-response-port"]
)
CASES = (
	[["--simulate", spec, "one.example.org"] for spec in SPECS]
	+ [["--simulate", "server=binding-only+ok+silent", "a.example", "b.example", "c.example"],
		["--simulate", "family=both", "-6"], ["--simulate", "seed=1", "-4", "-t", "mapping"], ["--simulate", "seed=1", "-t", "nat"],
		["--simulate", "seed=1", "--local-port", "40000"], ["--simulate", "loss=50", "-w", "0.5"]]
	+ [["-t", "all", "--max-lifetime", "40", "--simulate", spec] for spec in ("lifetime=20,family=both", "ports=random,hairpin=external",
		"mapping=none,filtering=eif", "fragments=drop,tcp-mapping=apdm", "intercept=yes", "alg=rewrites,ports=sequential,pool=4",
		"server=no-response-port,accept-local=no", "udp=drop")]
)


def result(name, why):
	print(f"FAIL {name}: {why}" if why else f"ok {name}", flush=True)


def report(arguments):
	run = subprocess.run([NATSONDE, "--json", *arguments], capture_output=True, text=True, timeout=60)
	return json.loads(run.stdout)


def objects(schema):
	"""Every part of the schema that describes an object."""
	if isinstance(schema, dict):
		if "properties" in schema:
			yield schema
		for value in schema.values():
			yield from objects(value)
	elif isinstance(schema, list):
		for value in schema:
			yield from objects(value)


def strict(schema):
	"""The same, where what is not named is wrong."""
	schema = copy.deepcopy(schema)
	for part in [schema, *schema["$defs"].values()]:
		for inner in [part, *(part.get("properties") or {}).values()]:
			if inner.get("type") == "object" and inner is not schema["$defs"]["finding"]:
				inner["unevaluatedProperties"] = False
	for behaviour in schema["properties"]["tests"]["items"]["enum"]:
		if behaviour not in ("mapping", "tcp"): # these two are one definition
			schema["$defs"]["family"]["properties"][behaviour]["unevaluatedProperties"] = False
	schema["$defs"]["mapping"]["unevaluatedProperties"] = False
	return schema


def complaint(validator, document):
	error = jsonschema.exceptions.best_match(validator.iter_errors(document))
	return f"at {error.json_path}: {error.message}" if error else ""


def first(document, outcome):
	return next(p for p in document["probes"] if p["outcome"] == outcome)


def spoilt(good):
	"""(name, report that is wrong in one place)"""
	def case(name, change):
		bad = copy.deepcopy(good)
		change(bad)
		return name, bad
	yield case("another schema number", lambda r: r.update(schema=2))
	yield case("a key is missing", lambda r: r.pop("servers"))
	yield case("a probe's key is missing", lambda r: r["probes"][0].pop("to"))
	yield case("a word of another behaviour", lambda r: r["ipv4"]["nat"].update(verdict="easy"))
	yield case("unknown and yet verified", lambda r: r["ipv4"]["mapping"].update(verdict="unknown", certainty="verified"))
	yield case("a verdict without certainty", lambda r: r["ipv4"]["mapping"].update(certainty="none"))
	yield case("an address without port", lambda r: r["probes"][0].update(to="192.0.2.1"))
	yield case("a port too many", lambda r: r["ipv4"].update(local="192.0.2.1:1"))
	yield case("a number as text", lambda r: r["servers"][0].update(sent="14"))
	yield case("answered by nobody", lambda r: first(r, "answered").update({"from": None}))
	yield case("silent for how long", lambda r: first(r, "silent").pop("waited_ms"))
	yield case("a kind of nothing", lambda r: r["ipv4"]["nat"].update(kind="cone"))
	yield case("a lifetime of one number", lambda r: r["ipv4"]["lifetime"].update(exchange_s=[30]))
	yield case("ports without numbers", lambda r: r["ipv4"]["ports"].pop("guess"))
	yield case("no peers", lambda r: r["ipv4"]["p2p"].pop("relay_with"))
	yield case("nothing of a family", lambda r: r.update(ipv6={}))


def main():
	with open("docs/natsonde.schema.json", encoding="utf-8") as file:
		schema = json.load(file)
	with open("docs/json.md", encoding="utf-8") as file:
		named = set(re.findall(r"`([a-z0-9_]+)`", file.read()))
	jsonschema.Draft202012Validator.check_schema(schema)
	result("every key of the schema is in docs/json.md",
		", ".join(sorted({key for part in objects(schema) for key in part["properties"]} - named)))
	lenient, exact = (jsonschema.Draft202012Validator(s) for s in (schema, strict(schema)))
	for arguments in CASES:
		result("schema: " + " ".join(arguments), complaint(exact, report(arguments)))
	good = report(["--simulate", "seed=1,lifetime=20", "-t", "all", "--max-lifetime", "40"])
	for name, bad in spoilt(good):
		result(f"schema refuses: {name}", "" if complaint(lenient, bad) else "it is accepted")
	good["new"] = good["ipv4"]["nat"]["new"] = good["probes"][0]["new"] = 1
	result("schema allows new keys", complaint(lenient, good))
	result("the test sees new keys", "" if complaint(exact, good) else "it does not")


main()
