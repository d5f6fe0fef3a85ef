#!/usr/bin/env python3
"""Make a run folder by hand, as docs/contracts.md section 2 says, so that a template can be tried without the portal.

Usage: run_folder.py TEMPLATE_DIR REQUEST.json STRUCTURE OUT [--site-cpus N] [--site-gpus N] [--facts FILE] [name=value…]

Caveats: this is a second reader of template.json, for tests; the portal's own is portal/model/template.c. Facts are the
few that follow from reading atoms; give --facts the output of helper-inspect for all of them.
"""
import argparse
import json
import math
import os
import re
import shutil
import sys

TOKEN = re.compile(r'\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|"([^"]*)"|(&&|\|\||[<>=!]=|[-+*/%()<>!?:,]))')
FUNCTIONS = {"min": min, "max": max, "ceil": math.ceil, "floor": math.floor, "round": lambda v: math.floor(v + 0.5),
             "sqrt": math.sqrt, "log": math.log, "exp": math.exp, "abs": abs, "pow": math.pow}
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
BINARY = {"||": lambda a, b: float(bool(a) or bool(b)), "&&": lambda a, b: float(bool(a) and bool(b)),
          "==": lambda a, b: float(a == b), "!=": lambda a, b: float(a != b), "<": lambda a, b: float(a < b),
          "<=": lambda a, b: float(a <= b), ">": lambda a, b: float(a > b), ">=": lambda a, b: float(a >= b),
          "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b, "%": math.fmod}


class Expression:
    """The expression language of template.json: parsed to closures over a dictionary of names."""

    def __init__(self, text):
        self.tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            m = TOKEN.match(text, at)
            if not m:
                raise ValueError("cannot read %r at %d" % (text, at))
            self.tokens.append(next((kind, value) for kind, value in enumerate(m.groups()) if value is not None))
            at = m.end()
        self.at = 0
        self.value = self.choice()
        if self.at != len(self.tokens):
            raise ValueError("extra text in %r" % text)

    def take(self, *operators):
        if self.at < len(self.tokens) and self.tokens[self.at][0] == 3 and self.tokens[self.at][1] in operators:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def need(self, operator):
        if not self.take(operator):
            raise ValueError("expected " + operator)

    def choice(self):
        condition = self.level(0)
        if not self.take("?"):
            return condition
        yes = self.choice()
        self.need(":")
        no = self.choice()
        return lambda env: yes(env) if condition(env) else no(env)

    def level(self, n):
        if n == len(LEVELS):
            return self.unary()
        left = self.level(n + 1)
        while True:
            op = self.take(*LEVELS[n])
            if not op:
                return left
            left = (lambda f, a, b: lambda env: f(a(env), b(env)))(BINARY[op], left, self.level(n + 1))

    def unary(self):
        op = self.take("-", "!")
        if op:
            inner = self.unary()
            return (lambda env: -inner(env)) if op == "-" else (lambda env: float(not inner(env)))
        return self.primary()

    def primary(self):
        if self.take("("):
            inner = self.choice()
            self.need(")")
            return inner
        kind, value = self.tokens[self.at]
        self.at += 1
        if kind == 0:
            return lambda env: float(value)
        if kind == 2:
            return lambda env: value
        if kind != 1:
            raise ValueError("unexpected " + value)
        if self.take("("):
            args = [self.choice()]
            while self.take(","):
                args.append(self.choice())
            self.need(")")
            return lambda env: float(FUNCTIONS[value](*(a(env) for a in args)))
        return lambda env: env[value]


def evaluate(text, env):
    return Expression(text).value(env) if isinstance(text, str) else float(text)


def number_text(value):
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def simple_facts(path, fmt):
    """Facts of a clean PDB or XYZ file; everything unusual counts as absent."""
    points, elements, residues = [], [], set()
    with open(path, encoding="utf-8") as f:
        if fmt == "xyz":
            rows = [l.split() for l in f.read().splitlines()[2:] if l.strip()]
            points, elements = [[float(v) for v in r[1:4]] for r in rows], [r[0] for r in rows]
        else:
            for line in f:
                if line.startswith(("ATOM", "HETATM")):
                    points.append([float(line[i:i + 8]) for i in (30, 38, 46)])
                    elements.append(line[76:78].strip() or line[12:16].strip()[0])
                    residues.add((line[21], line[22:27]))
    sizes = [max(p[i] for p in points) - min(p[i] for p in points) for i in range(3)]
    hydrogens = sum(e.upper() == "H" for e in elements)
    facts = {"atoms": len(points), "hydrogens": hydrogens, "heavy_atoms": len(points) - hydrogens, "residues": len(residues),
             "protein_residues": len(residues), "chains": 1, "models": 1,
             "size_x_a": sizes[0], "size_y_a": sizes[1], "size_z_a": sizes[2]}
    for name in ("nucleic_residues", "waters", "ions", "ligands", "altlocs", "gaps", "missing_atoms", "clashes", "charge",
                 "box_volume_a3"):
        facts[name] = 0
    return facts


def inspected_facts(path):
    """Facts from the output of helper-inspect, as names of expressions."""
    with open(path, encoding="utf-8") as f:
        raw = json.load(f)["facts"]
    facts = {k: v for k, v in raw.items() if isinstance(v, (int, float))}
    facts["charge"] = raw.get("charge") or 0
    facts["chains"] = len(raw.get("chains", []))
    facts["ligands"] = sum(l.get("count", 1) for l in raw.get("ligands", []))
    facts["box_volume_a3"] = 0
    low, high = raw["bounds_a"]
    facts.update({"size_%s_a" % n: high[i] - low[i] for i, n in enumerate("xyz")})
    return facts


def resolve(info, request, overrides, facts):
    params = {p["name"]: p["default"] for p in info["params"]}
    preset = next((p["values"] for p in info["presets"] if p["name"] == request.get("preset")), {})
    for values in (preset, request.get("params", {}), overrides):
        for name, value in values.items():
            if name not in params:
                sys.exit("unknown parameter " + name)
            params[name] = value
    for p in info["params"]:
        v = params[p["name"]]
        if p["type"] == "enum" and v not in [x["value"] for x in p["values"]]:
            sys.exit("%s: %s is not one of its values" % (p["name"], v))
        if p["type"] in ("number", "integer") and not p["min"] <= v <= p["max"]:
            sys.exit("%s: %s is out of range" % (p["name"], v))
    env = dict(facts)
    env.update({k: float(v) if isinstance(v, bool) else v for k, v in params.items()})
    derived = {}
    for d in info.get("derived", []):
        env[d["name"]] = derived[d["name"]] = evaluate(d["expr"], env)
    broken = [r for r in info["structures"].get("rules", []) if r["level"] == "error" and evaluate(r["if"], env)]
    broken += [r for r in info.get("rules", []) if evaluate(r["if"], env)]
    if broken:
        sys.exit("\n".join("%s: %s %s" % (r["code"], r["text"], r["hint"]) for r in broken))
    return params, derived, env


def render(text, env):
    def one(m):
        value = env[m.group(1)]
        return ("%" + m.group(2)) % value if m.group(2) else number_text(value)
    return re.sub(r"\{\{\s*(\w+)(?::([^}]+))?\s*\}\}", one, text)


def main():
    parser = argparse.ArgumentParser()
    for name in ("template", "request", "structure", "out"):
        parser.add_argument(name)
    parser.add_argument("--site-cpus", type=int, default=os.cpu_count())
    parser.add_argument("--site-gpus", type=int, default=0)
    parser.add_argument("--facts")
    parser.add_argument("set", nargs="*")
    args = parser.parse_intermixed_args()
    with open(os.path.join(args.template, "template.json"), encoding="utf-8") as f:
        info = json.load(f)
    with open(args.request, encoding="utf-8") as f:
        request = json.load(f)
    overrides = {}
    for item in args.set:
        name, value = item.split("=", 1)
        try:
            overrides[name] = json.loads(value)
        except ValueError:
            overrides[name] = value
    fmt = os.path.splitext(args.structure)[1][1:]
    facts = inspected_facts(args.facts) if args.facts else simple_facts(args.structure, fmt)
    facts.update(site_cpus=args.site_cpus, site_gpus=args.site_gpus)
    params, derived, env = resolve(info, request, overrides, facts)

    out = os.path.abspath(args.out)
    for folder in ("inputs", "rendered", "attempt", "work", "results"):
        os.makedirs(os.path.join(out, folder))
    shutil.copytree(args.template, os.path.join(out, "template"))
    shutil.copytree(os.path.join(args.template, "..", "lib"), os.path.join(out, "template", "lib"))
    structure = os.path.join(out, "inputs", "structure." + fmt)
    shutil.copy(args.structure, structure)
    for item in info["inputs"]:
        with open(os.path.join(args.template, item["template"]), encoding="utf-8") as f:
            text = render(f.read(), env)
        with open(os.path.join(out, "rendered", item["output"]), "w", encoding="utf-8") as f:
            f.write(text)
    with open(os.path.join(out, "params.json"), "w", encoding="utf-8") as f:
        json.dump(params, f)
    resources = {k: int(evaluate(v["expr"] if isinstance(v, dict) else v, env)) for k, v in info["resources"].items()}
    estimate = {k: evaluate(v, env) for k, v in info["estimate"].items() if k != "note"}
    with open(os.path.join(out, "run.json"), "w", encoding="utf-8") as f:
        json.dump({"version": 1, "run": "run_test", "attempt": 1, "key": "test",
                   "template": {"id": info["id"], "version": info["version"]}, "resolved": params, "derived": derived,
                   "resources": resources, "estimate": estimate}, f)
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "ATH_LIB": os.path.join(out, "template", "lib"),
                   "ATH_STRUCTURE": structure, "ATH_STRUCTURE_FORMAT": fmt}
    for name in ("ATH_LMOD_INIT", "MODULEPATH", "ATH_MODULES"):
        if os.environ.get(name):
            environment[name] = os.environ[name]
    environment.update({"ATH_P_" + k.upper(): number_text(v) for k, v in params.items()})
    environment.update({"ATH_D_" + k.upper(): number_text(v) for k, v in derived.items()})
    with open(os.path.join(out, "env"), "wb") as f:
        f.write(b"".join(("%s=%s" % item).encode() + b"\0" for item in environment.items()))
    print(json.dumps({"resources": resources, "estimate": estimate}))


if __name__ == "__main__":
    main()
