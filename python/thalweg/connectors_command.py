# SPDX-License-Identifier: Apache-2.0
"""``thalweg connectors`` shows what there is to read from and write to; ``thalweg connect test``
goes the way to a first record, step by step."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from thalweg import _engine

OK = 0
FAILED = 1
MISUSED = 2
UNREACHABLE = 3

#: Steps whose failure says that something outside does not answer.
_OUTSIDE = ("resolve", "connect", "answer")
_COLUMNS = 100


def show(arguments: Sequence[str]) -> int:
    """``thalweg connectors [NAME]``; the exit status."""
    parser = argparse.ArgumentParser(
        prog="thalweg connectors", description="Shows the connectors, or the options of one."
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the connector")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for programs")
    form.add_argument("--markdown", action="store_true", help="as a table of docs/connectors/")
    options = parser.parse_args(arguments)
    found = [c for c in _engine.connectors() if options.name in (None, c["name"])]
    if not found:
        # The engine knows which name is the nearest.
        print(f"thalweg: {_engine.check_connection(options.name, {})[0][2]}", file=sys.stderr)
        return MISUSED
    if options.json:
        print(json.dumps(found, indent=2))
    elif options.name is None:
        width = max(len(connector["name"]) for connector in found)
        for connector in found:
            print(f"{connector['name']:{width}}  {_ways(connector):13}  {connector['summary']}")
    elif options.markdown:
        print("\n".join(markdown(found[0])))
    else:
        print("\n".join(_page(found[0])))
    return OK


def markdown(connector: dict[str, Any]) -> list[str]:
    """The lines of the table of a connector's options, as pages have it."""
    lines = ["| option | default | |", "|---|---|---|"]
    for option in connector["options"]:
        default = "required" if option["required"] else ""
        if option["default"]:
            default = f"`{option['default']}`"
        alias = f" Also `{option['alias']}`." if option["alias"] else ""
        lines.append(f"| `{option['name']}` | {default} | {option['help']}{alias} |")
    return lines


def connect(arguments: Sequence[str]) -> int:
    """``thalweg connect test NAME key=value...``; the exit status."""
    parser = argparse.ArgumentParser(
        prog="thalweg connect",
        description="Goes the way to a first record, step by step, and says where it ends. "
        "Nothing is written.",
        epilog="exit status: 0 every step passed, 1 one failed, 2 bad options, 3 nothing answers",
    )
    parser.add_argument("command", choices=["test"])
    parser.add_argument("name", metavar="NAME", help="the connector: see thalweg connectors")
    parser.add_argument(
        "options", nargs="*", metavar="KEY=VALUE", help="options of the connector"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="the way of a sink, up to where it would write; with the option transactionalId a "
        "program that writes under that name is shut out",
    )
    options = parser.parse_args(arguments)
    texts = {}
    for text in options.options:
        key, equals, value = text.partition("=")
        if not key or not equals:
            # Not shown: it may be a part of a password.
            print("thalweg: connect test: every option is KEY=VALUE", file=sys.stderr)
            return MISUSED
        texts[key] = value
    failed = None
    for step, outcome, text in _engine.check_connection(options.name, texts, options.write):
        print(f"{outcome:7}  {step:14}  {text}")
        if outcome == "failed":
            failed = step
    if failed is None:
        return OK
    if failed == "options":
        return MISUSED
    return UNREACHABLE if failed in _OUTSIDE else FAILED


def _ways(connector: dict[str, Any]) -> str:
    return ", ".join(way for way in ("reads", "writes") if connector[way])


def _page(connector: dict[str, Any]) -> list[str]:
    lines = [f"{connector['name']}: {connector['summary']} ({_ways(connector)})", ""]
    for option in connector["options"]:
        kind = "***" if option["type"] == "secret" else option["type"]
        facts = [kind]
        if option["required"]:
            facts.append("required")
        if option["default"]:
            facts.append(f"default {option['default']}")
        if option["alias"]:
            facts.append(f"also {option['alias']}")
        lines.append(f"  {option['name']}  ({'; '.join(facts)})")
        lines += textwrap.wrap(
            option["help"], _COLUMNS, initial_indent="      ", subsequent_indent="      "
        )
    return lines
