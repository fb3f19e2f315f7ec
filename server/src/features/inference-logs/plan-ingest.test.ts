import { expect, it } from 'vitest'
import { sampleIngest } from '../../../test/support/sample-ingest.ts'
import { toIngested } from '../../../test/support/ingest-fixtures.ts'
import type { InferenceLog } from './log.ts'
import { planIngest, type ArrivedLog } from './plan-ingest.ts'
import type { NewLog } from './plan-log.ts'

const requestId = 'request'

function arrival(overrides: Partial<ArrivedLog> = {}): ArrivedLog {
  const { log } = toIngested(sampleIngest({ requestId }))
  if (log instanceof Uint8Array) throw new Error('A small log is not packed')
  return { log, ownerKey: null, sealedOwner: null, mayTakeOver: false, ...overrides }
}

const stored = (overrides: Partial<InferenceLog> = {}): ReadonlyMap<string, InferenceLog> => {
  const { planned } = planIngest([arrival()], new Map())
  const log = planned.get(requestId)?.log
  if (!log) throw new Error('Not planned')
  return new Map([[requestId, { ...log, seq: 7, ...overrides }]])
}

const later = (log: NewLog): NewLog => ({ ...log, createdAt: 1, model: 'another' })

it('keeps when it was created and what people made of it', () => {
  const made = { favoritedBy: ['red'], tags: ['odd'], isPublic: true, createdAt: 5, revision: 3 }
  const { planned, taken } = planIngest([arrival({ log: later(arrival().log) })], stored(made))
  expect(taken).toEqual([true])
  expect(planned.get(requestId)?.log).toMatchObject({
    ...made,
    seq: 7,
    revision: 4,
    model: 'another',
  })
})

it('refuses another owner, but not an unknown one, the same one, or an admin', () => {
  const known = stored({ ownerKey: 'a', sealedOwner: 'sealed a' })
  const takenBy = (overrides: Partial<ArrivedLog>) =>
    planIngest([arrival(overrides)], known).taken[0]
  expect(takenBy({ ownerKey: 'b' })).toBe(false)
  expect(takenBy({ ownerKey: null })).toBe(true)
  expect(takenBy({ ownerKey: 'a' })).toBe(true)
  expect(takenBy({ ownerKey: 'b', mayTakeOver: true })).toBe(true)
})

it('keeps an owner that is not named again, and takes the first that is named', () => {
  const ownerAfter = (known: ReadonlyMap<string, InferenceLog>, ownerKey: string | null) =>
    planIngest([arrival({ ownerKey, sealedOwner: ownerKey })], known).planned.get(requestId)?.log
      .ownerKey
  expect(ownerAfter(stored({ ownerKey: 'a' }), null)).toBe('a')
  expect(ownerAfter(stored(), 'b')).toBe('b')
})

it('judges each of several arrivals by what those before it left', () => {
  const { planned, taken } = planIngest(
    [arrival({ ownerKey: 'a' }), arrival({ ownerKey: 'b' }), arrival({ ownerKey: 'a' })],
    new Map(),
  )
  expect(taken).toEqual([true, false, true])
  expect(planned.get(requestId)?.log).toMatchObject({ ownerKey: 'a', revision: 2, seq: null })
})
