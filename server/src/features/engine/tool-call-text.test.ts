import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { endText, feedText, startText, type TextEvent, type TextRules } from './tool-call-text.ts'

const rules: TextRules = {
  tools: new Set(['get_weather', 'f']),
  isCall: false,
  findsThinking: true,
}

/** Neighbours of a kind as one, since where a text is cut means nothing. */
function joined(events: readonly TextEvent[]): TextEvent[] {
  const all: TextEvent[] = []
  for (const event of events) {
    const last = all.at(-1)
    if (event.type === 'call' || last?.type !== event.type) all.push(event)
    else all[all.length - 1] = { ...last, text: last.text + event.text }
  }
  return all
}

function read(pieces: readonly string[], given: Partial<TextRules> = {}, isThinking = false) {
  const all = { ...rules, ...given }
  let state = startText(all, isThinking)
  const events: TextEvent[] = []
  for (const piece of pieces) {
    const step = feedText(state, piece, all)
    ;({ state } = step)
    events.push(...step.events)
  }
  return joined([...events, ...endText(state, all)])
}

const text = (said: string) => ({ type: 'text', text: said })
const reasoning = (said: string) => ({ type: 'reasoning', text: said })
const called = (name: string, args: object) => ({
  type: 'call',
  call: { name, arguments: JSON.stringify(args) },
})
const paris = called('get_weather', { city: 'Paris' })

describe('a text with calls', () => {
  test.each([
    ['plain', 'Hello, world. ', [text('Hello, world. ')]],
    ['none at all', '', []],
    [
      'Hermes',
      'Let me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>\n',
      [text('Let me see.'), paris],
    ],
    [
      'two of Hermes',
      '<tool_call>{"name":"f","arguments":{}}</tool_call>\n<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call>',
      [called('f', {}), paris],
    ],
    [
      'Hermes without an end',
      '<tool_call>\n{"name":"get_weather","arguments":{"city":"Paris"}}',
      [paris],
    ],
    [
      'Mistral',
      '[TOOL_CALLS] [{"name":"get_weather","arguments":{"city":"Paris"}},{"name":"f","arguments":{}}]',
      [paris, called('f', {})],
    ],
    [
      'newer Mistral',
      '[TOOL_CALLS]get_weather[ARGS]{"city":"Paris"}[TOOL_CALLS]f{}',
      [paris, called('f', {})],
    ],
    ['Llama 3', '{"name": "get_weather", "parameters": {"city": "Paris"}}', [paris]],
    [
      'Llama 3 with a type',
      '\n{"type":"function","name":"f","parameters":{"a":"}\\""}}',
      [called('f', { a: '}"' })],
    ],
    ['Llama 3.1', '<|python_tag|>{"name":"f","parameters":{}}', [called('f', {})]],
    ['Functionary', '<function=f>{"a": 1}</function>', [called('f', { a: 1 })]],
    [
      'inside a function',
      '[{"type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]',
      [called('f', { a: 1 })],
    ],
    ['an unknown bare name', '{"name": "Ada", "age": 36}', [text('{"name": "Ada", "age": 36}')]],
    ['JSON of another kind', '{"city": "Paris"}', [text('{"city": "Paris"}')]],
    [
      'an unreadable call',
      'So: <tool_call>{oh</tool_call> no',
      [text('So: <tool_call>{oh</tool_call> no')],
    ],
    [
      'an unfinished call',
      'a <tool_call>{"name":"f","arg',
      [text('a <tool_call>{"name":"f","arg')],
    ],
    ['code in place of a call', '<|python_tag|>print(1)', [text('<|python_tag|>print(1)')]],
    ['an opener that is none', 'a < b, [TOOL', [text('a < b, [TOOL')]],
    ['text after a call', '<function=f></function>\n\nDone.', [called('f', {}), text('Done.')]],
    [
      'thinking first',
      '<think>\nWhy  not? \n</think>\n\nYes. <think>no</think>',
      [reasoning('Why  not?'), text('Yes. <think>no</think>')],
    ],
    ['no thinking in it', '<think>\n\n</think>\n\nHi', [text('Hi')]],
    ['thinking without an end', '<think>a </thi', [reasoning('a </thi')]],
    [
      'thinking before a bare call',
      '<think>x</think>\n{"name":"f","arguments":{}}',
      [reasoning('x'), called('f', {})],
    ],
  ])('is taken apart: %s', (_, given, events) => {
    expect(read([given])).toEqual(events)
  })

  it('says the same however it is cut', () => {
    const bits = fc.constantFrom(
      ...'<tool_call>|</tool_call>|{"name":"f","arguments":{"a":"b"}}|[TOOL_CALLS]|[|]|,|{|}|"'
        .concat(
          '|<think>|</think>|<function=f>|</function>|<|python_tag|>| |\n|word|;|\\|<|f[ARGS]{}',
        )
        .split(/(?<!<)\|(?!>)/u),
    )
    const cut = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 9 }), cut, fc.boolean(), (words, sizes, isBare) => {
        const whole = words.join('')
        const pieces: string[] = []
        for (let at = 0, n = 0; at < whole.length; n += 1) {
          const size = sizes[n % sizes.length]! + 1
          pieces.push(whole.slice(at, at + size))
          at += size
        }
        const given = isBare ? { isCall: true } : {}
        expect(read(pieces, given)).toEqual(read([whole], given))
        expect(read(pieces, { tools: null })).toEqual(read([whole], { tools: null }))
        expect(read(pieces, {}, true)).toEqual(read([whole], {}, true))
      }),
      { numRuns: 3000 },
    )
  })

  it('loses nothing of a text that holds no mark', () => {
    const plain = fc.array(fc.constantFrom('a', ' ', '\n', '{', '<', '[', '"name"', '</', ':'))
    fc.assert(
      fc.property(plain, (words) => {
        const said = read(words)
        expect(said.map((event) => (event.type === 'call' ? '' : event.text)).join('')).toBe(
          words.join(''),
        )
      }),
    )
  })
})

describe('a text that must be a call', () => {
  it('is one, whatever the tool is called', () => {
    const pieces = ['{"name"', ':"f","arguments":{', '"a":1}}']
    expect(read(pieces, { isCall: true })).toEqual([called('f', { a: 1 })])
  })

  it('stays text when it was cut short', () => {
    expect(read(['{"name":"f","argu'], { isCall: true })).toEqual([text('{"name":"f","argu')])
  })
})

it('finds thinking that the prompt began', () => {
  expect(read(['Well', ', ', 'so.\n</think>\nYes'], {}, true)).toEqual([
    reasoning('Well, so.'),
    text('Yes'),
  ])
})

it('passes text on at once', () => {
  const state = startText(rules)
  expect(feedText(state, 'Hello', rules).events).toEqual([text('Hello')])
})
