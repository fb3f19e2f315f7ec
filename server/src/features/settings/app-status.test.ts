import { describe, expect, it } from 'vitest'
import { planStatus, type AppStatus } from './app-status.ts'

type Facts = Parameters<typeof planStatus>[0]

const fresh: Facts = { auth: 'open', source: 'default', hasAdmin: false, hasIssuer: false }
const closed = { auth: 'required', source: 'environment' } as const

interface Case {
  readonly name: string
  readonly facts: Partial<Facts>
  readonly status: AppStatus
}

const cases: readonly Case[] = [
  { name: 'fresh', facts: {}, status: 'setup' },
  { name: 'fresh with an issuer', facts: { hasIssuer: true }, status: 'setup' },
  { name: 'fresh with an admin', facts: { hasAdmin: true }, status: 'ready' },
  { name: 'open by the operator', facts: { source: 'command line' }, status: 'ready' },
  { name: 'open by the file', facts: { source: 'file', hasIssuer: true }, status: 'ready' },
  { name: 'open by its setup', facts: { source: 'database' }, status: 'ready' },
  {
    name: 'closed by its setup',
    facts: { auth: 'required', source: 'database' },
    status: 'resource-admin',
  },
  { name: 'closed by the operator', facts: closed, status: 'setup' },
  {
    name: 'closed by the operator with an issuer',
    facts: { ...closed, hasIssuer: true },
    status: 'resource-admin',
  },
  { name: 'closed with an admin', facts: { ...closed, hasAdmin: true }, status: 'ready' },
]

describe('The status of a server', () => {
  it.each(cases)('$name: $status', ({ facts, status }) => {
    const all = { ...fresh, ...facts }
    const isDecided = all.source !== 'default'
    expect(planStatus(all)).toEqual({
      status,
      asksForLogins: !isDecided || all.auth === 'required',
      isFixed: isDecided && all.source !== 'database',
    })
  })
})
