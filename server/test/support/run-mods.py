"""Runs generated mods over scripted events, with a stand-in for the inference server's SDK.

Reads a JSON list of {code, events} and writes for each the list of actions. A token is a character.
"""

import json
import sys
import types
from dataclasses import dataclass


@dataclass
class ForwardPass:
    request_id: str


@dataclass
class Added:
    request_id: str
    added_tokens: list
    forced: bool


class Tokenizer:
    def encode(self, text, add_special_tokens):
        assert add_special_tokens is False
        return [ord(character) for character in text]

    def decode(self, tokens):
        return "".join(chr(token) for token in tokens)


class Actions:
    def noop(self):
        return "noop"

    def force_tokens(self, tokens):
        return {"force": Tokenizer().decode(tokens)}

    def backtrack(self, steps, tokens=None):
        return {"back": steps, "put": Tokenizer().decode(tokens or [])}


def to_event(event):
    request_id = event.get("of", "r")
    if "added" not in event:
        return ForwardPass(request_id)
    tokens = [ord(character) for character in event["added"]]
    return Added(request_id, tokens, event.get("forced", False))


def run(code, events):
    namespace = {"__name__": "client_mod"}
    exec(compile(code, "client_mod.py", "exec"), namespace)
    entry = namespace["playground_mod"]
    assert entry.is_mod
    return [entry(to_event(event), Actions(), Tokenizer()) for event in events]


def mod(function):
    function.is_mod = True
    return function


sdk = types.ModuleType("quote_mod_sdk")
sdk.mod, sdk.ForwardPass, sdk.Added = mod, ForwardPass, Added
sys.modules["quote_mod_sdk"] = sdk
json.dump([run(**case) for case in json.load(sys.stdin)], sys.stdout)
