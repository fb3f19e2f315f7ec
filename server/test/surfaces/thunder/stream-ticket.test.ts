import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localCaller, redeemTicket, revokeApiKey } from '../../../src/features/identity/index.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { openingStatus } from '../../support/live-client.ts'
import { postLog } from './post-log.ts'

describe.each(['sqlite', 'postgres'] as const)('A ticket for the stream [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect, settings: { auth: 'required' } })
  })
  afterAll(() => app.stop())

  async function ticketOf(key: string): Promise<string> {
    const headers = { 'x-api-key': key }
    const reply = await send(app.url, { method: 'POST', path: '/logs/stream/ticket', headers })
    expect(reply.status, reply.text).toBe(200)
    const { ticket } = JSON.parse(reply.text) as { ticket: string }
    return ticket
  }
  const opening = (ticket: string, more = ''): Promise<number> =>
    openingStatus(app.url, `/logs/stream?ticket=${ticket}${more}`)

  test('opens it for whom it was given to, with a key of an engine as well', async () => {
    const engine = `engine ${crypto.randomUUID()}`
    await postLog(app.url, { request_id: crypto.randomUUID(), user_api_key: engine })
    const ticket = await ticketOf(engine)
    expect(ticket).not.toContain(engine.slice(0, 8))
    expect(await opening(ticket)).toBe(101)
    expect(await opening(await ticketOf(await app.createKey('logs:read')))).toBe(101)
  })

  test('opens nothing when it is no ticket, was changed, or stands beside a wrong key', async () => {
    const ticket = await ticketOf(await app.createKey('logs:read'))
    const changed = ticket.slice(0, 20) + (ticket[20] === 'A' ? 'B' : 'A') + ticket.slice(21)
    expect(await opening('')).toBe(401)
    expect(await opening('nonsense')).toBe(401)
    expect(await opening(changed)).toBe(401)
    expect(await opening(ticket, '&api_key=nobody')).toBe(401)
    const get = await send(app.url, { path: `/logs?ticket=${ticket}` })
    expect(get.status).toBe(401)
  })

  test('ends with its key, and after half a minute', async () => {
    const { context } = app.app
    const admin = await app.createKey('keys:manage', 'logs:read', 'logs:write', 'traces:read')
    const ticket = await ticketOf(admin)
    const later = context.clock.nowSeconds() + 31
    const clock = { ...context.clock, nowSeconds: () => later }
    await expect(redeemTicket({ ...context, clock }, ticket)).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const caller = await redeemTicket(context, ticket)
    if (caller.kind !== 'apiKey') throw new Error('a ticket stands for a key')
    await revokeApiKey({ ...context, caller: localCaller() }, caller.keyId)
    expect(await opening(ticket)).toBe(401)
  })

  test('is not given without a key', async () => {
    await using open = await startTestApp()
    const reply = await sendJson(open.url, { path: '/logs/stream/ticket', value: {} })
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.text)).toMatchObject({ error: expect.stringMatching(/^bad request: /) })
  })
})
