import { describe, expect, it } from 'vitest'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import { playEvents, playRecorded } from '../../../../test/support/recorded.ts'
import { foldParts } from '../fold-parts.ts'
import { adapterOf, nativeWire } from './index.ts'

const modes = ['.json', '.stream.txt'] as const
const kinds = ['openai', 'ollama', 'google'] as const

const top = [
  { text: 'Gr', logprob: -0.25 },
  { text: 'Hal', logprob: -1.5 },
]
const first = { type: 'token', text: 'Gr', logprob: -0.25, top }

describe('the probability of tokens', () => {
  const second = { type: 'token', text: 'ü', logprob: -0.125 }
  const expected = {
    // OpenAI's second and third token are each half of a character.
    openai: [
      first,
      { type: 'token', text: '\\xc3', logprob: -0.125, bytes: [0xc3] },
      { type: 'token', text: '\\xbc', logprob: -0.0625, bytes: [0xbc] },
    ],
    ollama: [first, second],
    google: [first, second],
  }

  it.each(kinds.flatMap((kind) => modes.map((mode) => ({ kind, mode }))))(
    'is told by $kind$mode',
    ({ kind, mode }) => {
      const parts = playRecorded(adapterOf(kind), `${kind}-logprobs${mode}`)
      expect(checkGrammar(parts)).toBeNull()
      expect(parts.filter(({ type }) => type === 'token')).toEqual(expected[kind])
      expect(foldParts(parts)).toMatchObject({ text: 'Grü', finishReason: 'stop' })
    },
  )

  it.each(modes)('is told by the older completions, list by list: %s', (mode) => {
    const wire = nativeWire('openai', 'openai-completions')
    const parts = wire ? playRecorded(wire.adapter, `completions-text${mode}`) : []
    expect(parts.filter(({ type }) => type === 'token')).toEqual([
      {
        type: 'token',
        text: 'Grü',
        logprob: -0.25,
        top: [
          { text: 'Grü', logprob: -0.25 },
          { text: 'Hallo', logprob: -1.5 },
        ],
      },
      {
        type: 'token',
        text: 'ße!',
        logprob: -0.125,
        top: [
          { text: 'ße!', logprob: -0.125 },
          { text: 'ß', logprob: -2.5 },
        ],
      },
    ])
  })

  it('is no reason to lose an answer when it makes no sense', () => {
    const strange = [{ content: [{ token: 5 }] }, { content: 'x' }, 7, { content: [null] }]
    for (const logprobs of strange) {
      const data = JSON.stringify({ choices: [{ delta: { content: 'a' }, logprobs }] })
      const parts = playEvents(adapterOf('openai'), [{ name: null, data }])
      expect(parts.filter(({ type }) => type !== 'start')[0]).toEqual({
        type: 'text-delta',
        text: 'a',
      })
    }
  })
})

describe('answers beside the first', () => {
  it.each(modes)('keep their texts: chat%s', (mode) => {
    const parts = playRecorded(adapterOf('openai'), `openai-logprobs${mode}`)
    expect(foldParts(parts)).toMatchObject({ text: 'Grü', otherTexts: ['Hallo'] })
  })

  it.each(modes)('keep their texts: completions%s', (mode) => {
    const wire = nativeWire('openai-compatible', 'openai-completions')
    const parts = wire ? playRecorded(wire.adapter, `completions-text${mode}`) : []
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts)).toMatchObject({
      text: 'Grüße!',
      otherTexts: ['Hallo!'],
      finishReason: 'stop',
    })
  })

  it.each([-1, 0.5, 1e9])('have a number that can be one, unlike %d', (index) => {
    const chunk = { choices: [{ index, delta: { content: 'a' }, text: 'a' }] }
    const events = [{ name: null, data: JSON.stringify(chunk) }]
    const wire = nativeWire('openai', 'openai-completions')
    for (const reader of [adapterOf('openai'), ...(wire ? [wire.adapter] : [])]) {
      expect(playEvents(reader, events).map(({ type }) => type)).toEqual(['start', 'error'])
    }
  })
})
