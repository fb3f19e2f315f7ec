from dataclasses import dataclass

from quote_mod_sdk import Added, ForwardPass, mod

INJECTION = " Wait."
SENTENCE_COUNT = 2
SENTENCE_ENDS = ".!?"


@dataclass
class State:
    count: int = 0
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
    if isinstance(event, Added) and not state.injected:
        text = tokenizer.decode(event.added_tokens)
        state.count += sum(text.count(end) for end in SENTENCE_ENDS)
    if isinstance(event, ForwardPass) and not state.injected and state.count >= SENTENCE_COUNT:
        state.injected = True
        return actions.force_tokens(encode(tokenizer, INJECTION))
    return actions.noop()
