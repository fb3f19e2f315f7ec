import { describe, expect, it } from 'vitest'
import type { ModelTarget, ResolvedModel } from '../models/index.ts'
import { prepareTargets } from './ask-targets.ts'
import type { Ask, ReadAsk } from './ask.ts'

function target(model: string, defaults: ModelTarget['defaults']): ModelTarget {
  const named = { name: 'lab', kind: 'openai-compatible', label: 'lab' } as const
  const place = { baseUrl: 'http://127.0.0.1:9', apiKey: null, isGuarded: false }
  return { connection: { ...named, ...place }, model, defaults }
}

/** What a question was read from, once for each time, beside what is put to the targets. */
function prepare(...targets: ResolvedModel['targets']) {
  const bodies: unknown[] = []
  const read = (body: Ask['body']): ReadAsk => {
    bodies.push(body)
    return { request: { model: 'all', messages: [], options: {} }, nativeOnly: [] }
  }
  const body = { model: 'all', messages: [], top_p: 0.5 }
  const ask: Ask = {
    wire: 'openai-chat',
    model: 'all',
    body,
    mode: 'whole',
    read,
    fieldOf: (option) => option,
    hops: 0,
    traceparent: undefined,
    requestId: 'req-1',
  }
  return { body, bodies, prepared: prepareTargets(ask, targets) }
}

describe('a question to several targets', () => {
  it('is read once where their defaults are equal', () => {
    const { body, bodies, prepared } = prepare(
      target('a', { temperature: 0.1, stop: ['x'] }),
      target('b', { temperature: 0.1, stop: ['x'] }),
    )
    const expected = { ...body, temperature: 0.1, stop: ['x'] }
    expect(bodies).toEqual([expected])
    expect(prepared.map(({ model, body: put }) => [model, put])).toEqual([
      ['a', expected],
      ['b', expected],
    ])
  })

  it('is read for each whose defaults are others', () => {
    const { body, bodies, prepared } = prepare(
      target('a', { temperature: 0.1 }),
      target('b', { temperature: 0.2 }),
      target('c', { temperature: 0.1 }),
    )
    expect(bodies).toEqual([0.1, 0.2].map((temperature) => ({ ...body, temperature })))
    expect(prepared.map(({ body: put }) => put['temperature'])).toEqual([0.1, 0.2, 0.1])
  })
})
