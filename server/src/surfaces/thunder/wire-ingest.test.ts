import { IngestDocument } from '@pharos/contract/thunder/ingest.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleIngest } from '../../../test/support/sample-ingest.ts'
import { planLog } from '../../features/inference-logs/index.ts'
import { fillTemplate } from '../../features/inference-logs/text-template.ts'
import { fromIngest } from './wire-ingest.ts'

const request = { request_id: 'r' }
const event = { event_type: 'Added', step: 0, sequence_order: 0 } as const
const call = { event_sequence_order: 0, mod_name: 'm', event_type: 'Added', step: 0 } as const

describe('links', () => {
  it('join every child to the one at its index, wherever sorting puts them', () => {
    const index = fc.nat(50)
    const shape = fc.record({
      orders: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 8 }),
      calls: fc.array(fc.record({ to: index, at: fc.nat(3) }), { minLength: 1, maxLength: 8 }),
      actions: fc.array(fc.record({ to: index, at: fc.nat(3) }), { maxLength: 8 }),
    })
    fc.assert(
      fc.property(shape, ({ orders, calls, actions }) => {
        const document = IngestDocument.parse({
          request,
          events: orders.map((order, step) => ({ ...event, step, sequence_order: order })),
          mod_calls: calls.map(({ to, at }, step) => ({
            ...call,
            event_sequence_order: to % orders.length,
            step,
            created_at: at,
          })),
          actions: actions.map(({ to, at }, place) => ({
            mod_call_sequence: to % calls.length,
            action_type: 'Noop',
            action_order: 0,
            created_at: at,
            details: { place },
          })),
        })
        const reply = replyOf(document)
        const eventSteps = new Map(reply.events.map(({ id, step }) => [id, step]))
        for (const { step, event_id } of reply.mod_calls) {
          const sent = document.mod_calls?.[step]
          expect(eventSteps.get(event_id)).toBe(sent?.event_sequence_order)
        }
        const callSteps = new Map(reply.mod_calls.map(({ id, step }) => [id, step]))
        for (const { mod_id, payload } of reply.actions) {
          const sent = document.actions?.[payload.place]
          expect(callSteps.get(mod_id)).toBe(sent?.mod_call_sequence)
        }
        expect(reply.actions).toHaveLength(actions.length)
      }),
    )
  })

  it.each([
    [{ events: [event], mod_calls: [{ ...call, event_sequence_order: 1 }] }, 'mod_calls[0]'],
    [{ events: [event], mod_calls: [call, { ...call, event_sequence_order: -1 }] }, 'mod_calls[1]'],
    [{ mod_logs: [{ mod_call_sequence: 0, mod_name: 'm', log_message: '' }] }, 'mod_logs[0]'],
    [{ actions: [{ mod_call_sequence: 0, action_type: 'Noop', action_order: 0 }] }, 'actions[0]'],
  ])('that lead nowhere are named', (children, place) => {
    const document = IngestDocument.parse({ request, ...children })
    expect(() => fromIngest(document)).toThrow(place)
  })
})

interface Reply {
  readonly events: readonly { id: number; step: number; sequence_order: number }[]
  readonly mod_calls: readonly { id: number; step: number; event_id: number; mod_name: string }[]
  readonly actions: readonly {
    mod_id: number
    payload: Record<string, number> & { place: number }
  }[]
  readonly active_mod: unknown
}

function replyOf(document: IngestDocument): Reply {
  const { document: template, childCount } = planLog(fromIngest(document), 0)
  const ids = Array.from({ length: childCount }, (_, index) => 1000 + index)
  const reply: unknown = JSON.parse(fillTemplate(template, ids))
  return reply as Reply
}

describe('an action', () => {
  const payloadOf = (action: object) =>
    replyOf(
      IngestDocument.parse({
        request,
        events: [event],
        mod_calls: [call],
        actions: [{ mod_call_sequence: 0, action_type: 'ForceTokens', action_order: 0, ...action }],
      }),
    ).actions[0]?.payload

  it('shows its details first, then what they lack', () => {
    const action = { tokens: [1], token_count: 1, tokens_preview: 'a', temperature: null }
    expect(payloadOf(action)).toEqual({ tokens: [1], token_count: 1, tokens_as_text: ['a'] })
    const details = { tokens: [2], note: 'n', tokens_as_text: ['b'] }
    expect(payloadOf({ ...action, details })).toEqual({ ...details, token_count: 1 })
  })

  it('makes a list of a preview in its details', () => {
    const details = { tokens_preview: 'a b' }
    expect(payloadOf({ details })).toEqual({ ...details, tokens_as_text: ['a b'] })
  })

  it('has an empty payload without any', () => {
    expect(payloadOf({ details: 'text' })).toEqual({})
  })
})

describe('a key behind a mod’s name', () => {
  it('is nowhere in what is stored', () => {
    const secret = 'ck_0123456789abcdef'
    const sample = sampleIngest({ steps: 10, ownerKey: 'owner-of-it-all' })
    const document = {
      ...sample,
      request: {
        ...sample.request,
        model: `owner/model/guide@${secret}`,
        active_mod_name: `guide@${secret}`,
        mod_text: `owner/model/guide@${secret}`,
      },
      mod_calls: (sample.mod_calls ?? []).map((entry) => ({
        ...entry,
        mod_name: `guide@${secret}`,
      })),
    }
    const planned = JSON.stringify(planLog(fromIngest(document), 0))
    expect(planned).not.toContain(secret)
    expect(planned).not.toContain('owner-of-it-all')
    expect(replyOf(document)).toMatchObject({ active_mod: { id: 0, name: 'guide' } })
    expect(replyOf(document).mod_calls[0]?.mod_name).toBe('guide')
  })
})

describe('a document', () => {
  const accepts = (document: unknown) => IngestDocument.safeParse(document).success
  const withRequest = (extra: object) => ({ request: { ...request, ...extra } })

  it('takes what the contract allows', () => {
    expect(accepts({ request })).toBe(true)
    expect(accepts(withRequest({ created_at: null, model: null, inference_stats: null }))).toBe(
      true,
    )
    expect(accepts(withRequest({ created_at: '2026-03-02 09:15:00+01:00' }))).toBe(true)
    expect(accepts(withRequest({ created_at: 1e300, temperature: 1 }))).toBe(true)
    expect(accepts(withRequest({ unknown: 1 }))).toBe(true)
    expect(accepts({ request: { request_id: '' } })).toBe(true)
  })

  it('refuses what the contract does not', () => {
    const children = [
      { events: null },
      { events: [{ ...event, step: 2 ** 31 }] },
      { events: [{ ...event, step: 1.5 }] },
      { events: [{ ...event, event_type: 'added' }] },
      { events: [event], mod_calls: [{ ...call, exception_occurred: null }] },
      { mod_logs: [{ mod_call_sequence: 0, mod_name: 'm', log_message: '', log_level: null }] },
    ]
    for (const extra of children)
      expect([extra, accepts({ request, ...extra })]).toEqual([extra, false])
    const requests = [
      { request_id: 1 },
      { request_id: 'a\0' },
      { request_id: 'a'.repeat(513) },
      { created_at: 'yesterday' },
      { created_at: '2026-03-02T09:15:00' },
      { max_tokens: '3' },
    ]
    for (const extra of requests)
      expect([extra, accepts(withRequest(extra))]).toEqual([extra, false])
    expect(accepts({})).toBe(false)
  })
})
