import { countOf, phrasePairs, type ModConfig } from './mod-config.ts'
import { pythonText } from './python-text.ts'

/** The name of every generated mod, and of its function. */
export const generatedModName = 'playground_mod' as const

type EventName = 'Added' | 'ForwardPass'

/** The parts in which one generated module differs from another. */
interface ModParts {
  readonly events: readonly EventName[]
  /** Lines of the module, each a constant. */
  readonly constants: readonly string[]
  /** Lines of the dataclass. */
  readonly fields: readonly string[]
  /** Lines of the function, before it does nothing. */
  readonly body: readonly string[]
}

/**
 * Python of a mod for the inference server's SDK, Python 3.9 or later. Pure.
 * Source: thunder contract §6.3.
 * @throws DomainError `invalid` when the position lacks its number or phrases.
 */
export function generateMod(config: ModConfig): string {
  return moduleText(partsOf(config))
}

function moduleText({ events, constants, fields, body }: ModParts): string {
  const lines = [
    'from dataclasses import dataclass',
    '',
    `from quote_mod_sdk import ${[...events, 'mod'].join(', ')}`,
    '',
    ...constants,
    '',
    '',
    '@dataclass',
    'class State:',
    ...indented(fields),
    '',
    '',
    'STATES = {}',
    '',
    '',
    'def state_of(request_id):',
    '    if request_id not in STATES:',
    '        STATES[request_id] = State()',
    '    return STATES[request_id]',
    '',
    '',
    'def encode(tokenizer, text):',
    '    return list(tokenizer.encode(text, add_special_tokens=False))',
    '',
    '',
    '@mod',
    `def ${generatedModName}(event, actions, tokenizer):`,
    '    state = state_of(event.request_id)',
    ...indented(body),
    '    return actions.noop()',
    '',
  ]
  return lines.join('\n')
}

function indented(lines: readonly string[], steps = 1): string[] {
  return lines.map((line) => '    '.repeat(steps) + line)
}

function partsOf(config: ModConfig): ModParts {
  switch (config.position) {
    case 'start':
      return atStart(config)
    case 'after_tokens':
      return afterTokens(config)
    case 'after_sentences':
      return afterSentences(config)
    case 'eot_backtrack':
      return atEndOfText(config)
    case 'phrase_replace':
    case 'full_stream_phrase_replace':
      return replacing(config, null)
    case 'reasoning_phrase_replace':
      return replacing(config, isReasoning)
    case 'response_phrase_replace':
      return replacing(config, isResponse)
    case 'reasoning_start':
      return atReasoningStart(config)
    case 'reasoning_mid':
      return countingInside(config, isReasoning)
    case 'reasoning_end':
      return atReasoningEnd(config)
    case 'response_start':
      return atResponseStart(config)
    case 'response_mid':
      return countingInside(config, isResponse)
    case 'response_end':
      return atResponseEnd(config)
  }
}

const opening = 'THINK_OPEN = "<think>"'
const closing = 'THINK_CLOSE = "</think>"'
const endMarkers = 'END_MARKERS = ("<|eot_id|>", "<|end|>", "</s>", "<|im_end|>")'
const isReasoning = 'THINK_OPEN in state.text and THINK_CLOSE not in state.text'
const isResponse = 'THINK_CLOSE in state.text'

const injected = 'injected: bool = False'
const counted = 'count: int = 0'
const accumulated = 'text: str = ""'

const force = ['state.injected = True', 'return actions.force_tokens(encode(tokenizer, INJECTION))']
const isForward = 'if isinstance(event, ForwardPass) and not state.injected'
const isOwnAdded = 'if isinstance(event, Added) and not event.forced:'
const countAdded = 'state.count += len(event.added_tokens)'
const accumulate = 'state.text += tokenizer.decode(event.added_tokens)'

function injection({ injection: text }: ModConfig): string {
  return `INJECTION = ${pythonText(text)}`
}

function atStart(config: ModConfig): ModParts {
  return {
    events: ['ForwardPass'],
    constants: [injection(config)],
    fields: [injected],
    body: [`${isForward}:`, ...indented(force)],
  }
}

/** Counts in what is added, until the count lets the text be forced in. */
function afterCounting(
  config: ModConfig,
  limit: string,
  { constants, counting }: { readonly constants: string[]; readonly counting: string[] },
): ModParts {
  return {
    events: ['Added', 'ForwardPass'],
    constants: [injection(config), ...constants],
    fields: [counted, injected],
    body: [
      'if isinstance(event, Added) and not state.injected:',
      ...indented(counting),
      `${isForward} and state.count >= ${limit}:`,
      ...indented(force),
    ],
  }
}

function afterTokens(config: ModConfig): ModParts {
  return afterCounting(config, 'TOKEN_COUNT', {
    constants: [`TOKEN_COUNT = ${countOf(config, 'tokenCount')}`],
    counting: [countAdded],
  })
}

function afterSentences(config: ModConfig): ModParts {
  const count = countOf(config, 'sentenceCount')
  return afterCounting(config, 'SENTENCE_COUNT', {
    constants: [`SENTENCE_COUNT = ${count}`, 'SENTENCE_ENDS = ".!?"'],
    counting: [
      'text = tokenizer.decode(event.added_tokens)',
      'state.count += sum(text.count(end) for end in SENTENCE_ENDS)',
    ],
  })
}

function atEndOfText(config: ModConfig): ModParts {
  return {
    events: ['Added'],
    constants: [injection(config), endMarkers],
    fields: [injected],
    body: [
      'if isinstance(event, Added) and not event.forced and not state.injected:',
      '    text = tokenizer.decode(event.added_tokens)',
      '    if any(marker in text for marker in END_MARKERS):',
      ...indented(backtrackAdded, 2),
    ],
  }
}

const backtrackAdded = [
  'state.injected = True',
  'return actions.backtrack(',
  '    steps=len(event.added_tokens), tokens=encode(tokenizer, INJECTION)',
  ')',
]

/** Replaces phrases at the end of what was added; `condition` says when, null means always. */
function replacing(config: ModConfig, condition: string | null): ModParts {
  const pairs = phrasePairs(config).map(
    ({ needle, replacement }) => `    (${pythonText(needle)}, ${pythonText(replacement)}),`,
  )
  const loop = [
    'for needle, replacement in PAIRS:',
    '    if state.text.endswith(needle):',
    '        state.text = state.text[: -len(needle)]',
    '        return actions.backtrack(',
    '            steps=len(encode(tokenizer, needle)), tokens=encode(tokenizer, replacement)',
    '        )',
  ]
  const guarded = condition === null ? loop : [`if ${condition}:`, ...indented(loop)]
  return {
    events: ['Added'],
    constants: ['PAIRS = [', ...pairs, ']', ...marksIn(condition ?? '')],
    fields: [accumulated],
    body: [isOwnAdded, `    ${accumulate}`, ...indented(guarded)],
  }
}

/** The constants that a condition names. */
function marksIn(condition: string): string[] {
  return [
    ...(condition.includes('THINK_OPEN') ? [opening] : []),
    ...(condition.includes('THINK_CLOSE') ? [closing] : []),
  ]
}

/** Follows the model's own text, and acts on it until the text is injected. */
function following(
  config: ModConfig,
  marks: readonly string[],
  { condition, body }: { readonly condition: string; readonly body: readonly string[] },
): ModParts {
  return {
    events: ['Added'],
    constants: [injection(config), ...marks],
    fields: [accumulated, injected],
    body: [
      isOwnAdded,
      `    ${accumulate}`,
      `    if not state.injected and ${condition}:`,
      ...indented(body, 2),
    ],
  }
}

function countingInside(config: ModConfig, condition: string): ModParts {
  const limit = `TOKEN_COUNT = ${countOf(config, 'tokenCount')}`
  const body = [countAdded, 'if state.count >= TOKEN_COUNT:', ...indented(force)]
  const parts = following(config, [limit, ...marksIn(condition)], { condition, body })
  return { ...parts, fields: [accumulated, counted, injected] }
}

function atReasoningStart(config: ModConfig): ModParts {
  return following(config, [opening], {
    condition: 'state.text.endswith(THINK_OPEN)',
    body: [
      'state.injected = True',
      'mark = encode(tokenizer, THINK_OPEN)',
      'return actions.backtrack(',
      '    steps=len(mark), tokens=mark + encode(tokenizer, INJECTION)',
      ')',
    ],
  })
}

function atReasoningEnd(config: ModConfig): ModParts {
  return following(config, [closing], {
    condition: 'state.text.endswith(THINK_CLOSE)',
    body: [
      'state.injected = True',
      'return actions.backtrack(',
      '    steps=len(encode(tokenizer, THINK_CLOSE)), tokens=encode(tokenizer, INJECTION)',
      ')',
    ],
  })
}

function atResponseStart(config: ModConfig): ModParts {
  return following(config, [closing], { condition: isResponse, body: force })
}

function atResponseEnd(config: ModConfig): ModParts {
  return {
    events: ['Added'],
    constants: [injection(config), closing, endMarkers],
    fields: [accumulated, injected],
    body: [
      isOwnAdded,
      '    text = tokenizer.decode(event.added_tokens)',
      '    state.text += text',
      `    has_end = any(marker in text for marker in END_MARKERS)`,
      `    if not state.injected and ${isResponse} and has_end:`,
      ...indented(backtrackAdded, 2),
    ],
  }
}
