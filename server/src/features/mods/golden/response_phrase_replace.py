from dataclasses import dataclass

from quote_mod_sdk import Added, mod

PAIRS = [
    ("very", "quite"),
    ("an \"owl\"", "a cat"),
    ("kept", "kept"),
]
THINK_CLOSE = "</think>"


@dataclass
class State:
    text: str = ""


STATES = {}


def state_of(request_id):
    if request_id not in STATES:
        STATES[request_id] = State()
    return STATES[request_id]


def encode(tokenizer, text):
    return list(tokenizer.encode(text, add_special_tokens=False))


@mod
def playground_mod(event, actions, tokenizer):
    state = state_of(event.request_id)
    if isinstance(event, Added) and not event.forced:
        state.text += tokenizer.decode(event.added_tokens)
        if THINK_CLOSE in state.text:
            for needle, replacement in PAIRS:
                if state.text.endswith(needle):
                    state.text = state.text[: -len(needle)]
                    return actions.backtrack(
                        steps=len(encode(tokenizer, needle)), tokens=encode(tokenizer, replacement)
                    )
    return actions.noop()
