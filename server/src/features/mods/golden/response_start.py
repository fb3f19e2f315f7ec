from dataclasses import dataclass

from quote_mod_sdk import Added, mod

INJECTION = " Wait."
THINK_CLOSE = "</think>"


@dataclass
class State:
    text: str = ""
    injected: bool = False


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
        if not state.injected and THINK_CLOSE in state.text:
            state.injected = True
            return actions.force_tokens(encode(tokenizer, INJECTION))
    return actions.noop()
