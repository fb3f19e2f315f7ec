import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateMod } from './generate-mod.ts'
import type { ModConfig, ModPosition } from './mod-config.ts'

/** A token is a character; several characters in one event are several tokens. */
type Event = 'forward' | { readonly added: string; readonly forced?: true; readonly of?: string }
type Action = '-' | { readonly force: string } | { readonly back: number; readonly put: string }

interface Case {
  readonly position: ModPosition
  readonly what: string
  readonly given?: Partial<ModConfig>
  readonly steps: readonly (readonly [Event, Action])[]
}

const base = {
  injection: 'INJ',
  tokenCount: 3,
  sentenceCount: 2,
  detectPhrases: ['cat', 'at', ''],
  replacementPhrases: ['owl'],
}
const added = (text: string): Event => ({ added: text })
const forced = (text: string): Event => ({ added: text, forced: true })
const force: Action = { force: 'INJ' }
const forward: Event = 'forward'

const cases: readonly Case[] = [
  {
    position: 'start',
    what: 'once, for each request by itself',
    steps: [
      [forward, force],
      [forward, '-'],
      [added('x'), '-'],
    ],
  },
  {
    position: 'after_tokens',
    what: 'counts forced tokens too and waits for the next pass',
    steps: [
      [forward, '-'],
      [added('a'), '-'],
      [forward, '-'],
      [forced('bc'), '-'],
      [forward, force],
      [added('defg'), '-'],
      [forward, '-'],
    ],
  },
  {
    position: 'after_sentences',
    what: 'counts the ends of sentences, also several in one event',
    steps: [
      [added('Hm'), '-'],
      [forward, '-'],
      [added('?!'), '-'],
      [forward, force],
      [added('...'), '-'],
      [forward, '-'],
    ],
  },
  {
    position: 'eot_backtrack',
    what: 'takes the end back once, unless it was forced',
    steps: [
      [forced('</s>'), '-'],
      [added('end'), '-'],
      [added('x<|im_end|>'), { back: 11, put: 'INJ' }],
      [added('<|eot_id|>'), '-'],
    ],
  },
  ...(['phrase_replace', 'full_stream_phrase_replace'] as const).map((position): Case => ({
    position,
    what: 'again and again, the first pair first, a pair without replacement by itself',
    steps: [
      [added('a c'), '-'],
      [added('at'), { back: 3, put: 'owl' }],
      [forced('owl'), '-'],
      [added('cat'), { back: 3, put: 'owl' }],
      [added('hat'), { back: 2, put: 'at' }],
      [added(' cat sat on'), '-'],
    ],
  })),
  {
    position: 'reasoning_start',
    what: 'puts the mark back before what it adds',
    steps: [
      [added('<thi'), '-'],
      [added('nk>'), { back: 7, put: '<think>INJ' }],
      [added('<think>'), '-'],
    ],
  },
  {
    position: 'reasoning_mid',
    what: 'counts own tokens inside the marks only',
    steps: [
      [added('before it'), '-'],
      [added('>'), '-'],
      [added('<think'), '-'],
      [forced('abcdef'), '-'],
      [added('>a'), '-'],
      [added('b'), force],
      [added('c'), '-'],
    ],
  },
  {
    position: 'reasoning_mid',
    what: 'gives up when the reasoning ends early',
    steps: [
      [added('<think'), '-'],
      [added('>'), '-'],
      [added('</think>'), '-'],
      [added('abcdef'), '-'],
    ],
  },
  {
    position: 'reasoning_end',
    what: 'takes the closing mark back once',
    steps: [
      [added('<think>so'), '-'],
      [added('</think>'), { back: 8, put: 'INJ' }],
      [forced('INJ'), '-'],
      [added('</think>'), '-'],
    ],
  },
  {
    position: 'response_start',
    what: 'as soon as the closing mark is somewhere in the text',
    steps: [
      [added('<think>so'), '-'],
      [added('</think>\n\n'), force],
      [added('Hi'), '-'],
    ],
  },
  {
    position: 'response_mid',
    what: 'counts the event that closed the reasoning as well',
    given: { tokenCount: 9 },
    steps: [
      [added('<think>some thoughts'), '-'],
      [added('</think>'), '-'],
      [forced('xxx'), '-'],
      [added('a'), force],
      [added('b'), '-'],
    ],
  },
  {
    position: 'response_end',
    what: 'only an end after the reasoning',
    steps: [
      [added('<think>a</s>'), '-'],
      [added('</think>'), '-'],
      [added('Hi'), '-'],
      [added('</s>'), { back: 4, put: 'INJ' }],
      [added('</s>'), '-'],
    ],
  },
  {
    position: 'reasoning_phrase_replace',
    what: 'only inside the marks',
    steps: [
      [added('cat'), '-'],
      [added('<think>cat'), { back: 3, put: 'owl' }],
      [added('cat'), { back: 3, put: 'owl' }],
      [added('</think>'), '-'],
      [added('cat'), '-'],
    ],
  },
  {
    position: 'response_phrase_replace',
    what: 'only after the reasoning',
    steps: [
      [added('<think>cat'), '-'],
      [added('</think>'), '-'],
      [added('cat'), { back: 3, put: 'owl' }],
      [forced('cat'), '-'],
      [added('.'), '-'],
    ],
  },
]

const hasPython = spawnSync('python3', ['--version']).status === 0

// Skipped without python3: mods are Python programs, and Pharos itself needs no Python.
describe.skipIf(!hasPython)('A generated mod (needs python3)', () => {
  const script = fileURLToPath(new URL('../../../test/support/run-mods.py', import.meta.url))

  function run(inputs: readonly { code: string; events: readonly object[] }[]): unknown[][] {
    const { stdout, stderr } = spawnSync('python3', [script], {
      input: JSON.stringify(inputs),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    return JSON.parse(stdout) as unknown[][]
  }

  const wired = (event: Event): object => (event === 'forward' ? {} : event)

  // One process for all cases, because starting one takes most of the time.
  let seen: unknown[][] = []
  beforeAll(() => {
    seen = run(
      cases.map(({ position, given, steps }) => ({
        code: generateMod({ ...base, ...given, position }),
        events: steps.map(([event]) => wired(event)),
      })),
    )
  })

  test.each(cases)('$position: $what', (asked) => {
    const actions = seen[cases.indexOf(asked)] ?? []
    const shown = actions.map((action, at) => [
      asked.steps[at]?.[0],
      action === 'noop' ? '-' : action,
    ])
    expect(shown).toEqual(asked.steps)
  })

  test('keeps requests apart', () => {
    const code = generateMod({ ...base, position: 'start' })
    const events = ['a', 'b', 'a'].map((of) => ({ of }))
    expect(run([{ code, events }])).toEqual([[force, force, 'noop']])
  })

  test('forces exactly the text that was asked for, whatever it holds', () => {
    const injections = ['"""\\', 'a\r\n\0\t\u2028\u0085', "'; import os #", '🦉 {x} %s \\N{OWL}']
    const inputs = injections.map((injection) => ({
      code: generateMod({ ...base, injection, position: 'start' }),
      events: [{}],
    }))
    expect(run(inputs)).toEqual(injections.map((injection) => [{ force: injection }]))
  })
})
