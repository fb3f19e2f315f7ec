import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntry, insertAudit, localCaller } from '../../../src/features/identity/index.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send } from '../../support/http-request.ts'

const day = 1_700_006_400 // 2023-11-15, midnight in UTC
const headRow =
  'at,actor_kind,actor_id,actor_name,action,target_kind,target_id,ip,request_id,changes,id\r\n'

describe.each(['sqlite', 'postgres'] as const)('The audit over HTTP [%s]', (dialect) => {
  let app: TestApp
  let key: string

  beforeAll(async () => {
    app = await startTestApp({ dialect })
    const { context } = app.app
    const caller = localCaller()
    const names = ['=cmd()', 'a "b",\nc', 'plain', '@x']
    const entries = names.map((id, index) => ({
      ...auditEntry({ ...context, caller }, { kind: 'alias', id }, 'create', { n: index }),
      at: day - 1 + index,
      id: `row-${index}`,
      ip: '203.0.113.9',
      requestId: `+${index}`,
    }))
    await context.db.write((tx) => insertAudit(tx, entries))
    key = await app.createKey('audit:read')
  })
  afterAll(() => app.stop())

  const get = (query = '', headers = {}) =>
    send(app.url, { path: `/api/v1/audit${query}`, headers })
  const rowOf = (index: number, id: string) => ({
    id: `row-${index}`,
    at: new Date((day - 1 + index) * 1000).toISOString(),
    actor_kind: 'local',
    actor_id: null,
    actor_name: null,
    action: 'alias.create',
    target_kind: 'alias',
    target_id: id,
    ip: '203.0.113.9',
    request_id: `+${index}`,
    changes: { n: index },
  })
  const idsIn = async (query: string) => {
    const { status, text } = await get(query)
    expect([status, text]).toEqual([200, expect.any(String)])
    const { data } = JSON.parse(text).data
    return data.map(({ id }: { id: string }) => id)
  }

  it('comes in pages, the latest first', async () => {
    const { status, headers, text } = await get('?page=2&limit=2&action=alias')
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(JSON.parse(text)).toEqual({
      data: {
        data: [rowOf(1, 'a "b",\nc'), rowOf(0, '=cmd()')],
        total: 4,
        page: 2,
        limit: 2,
        totalPages: 2,
        hasNext: false,
        hasPrev: true,
      },
    })
  })

  it.each([
    ['target=plain', ['row-2']],
    ['action=alias.create&actor=local&to=2023-11-14', ['row-0']],
    ['from=2023-11-15&to=2023-11-15&limit=2', ['row-3', 'row-2']],
    ['from=2023-11-15T02:00:01%2B02:00&to=2023-11-15T00:00:02Z', ['row-2']],
    ['target=alias&page=9', []],
    ['target=plain&actor=&action=', ['row-2']],
  ])('finds what matches %s', async (query, ids) => {
    expect(await idsIn(`?${query}`)).toEqual(ids)
  })

  it('is a table that no spreadsheet runs, the oldest first, whatever the page', async () => {
    const { status, headers, text } = await get('?format=csv&target=alias&page=7&limit=1')
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'no-store',
    ])
    expect(headers['content-disposition']).toBe('attachment; filename="audit.csv"')
    const row = (index: number, target: string) =>
      `${rowOf(index, '').at},local,,,alias.create,alias,${target},203.0.113.9,+${index},"{""n"":${index}}",row-${index}\r\n`
    expect(text).toBe(
      headRow + row(0, `'=cmd()`) + row(1, '"a ""b"",\nc"') + row(2, 'plain') + row(3, `'@x`),
    )
    expect((await get('?format=csv&target=nothing')).text).toBe(headRow)
  })

  it('is a JSON text a line, the oldest first', async () => {
    const { headers, text } = await get('?format=jsonl&target=alias')
    expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
    const lines = text.split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      rowOf(0, '=cmd()'),
      rowOf(1, 'a "b",\nc'),
      rowOf(2, 'plain'),
      rowOf(3, '@x'),
    ])
    expect((await get('?format=jsonl&target=nothing')).text).toBe('')
  })

  it('is for those who may read it', async () => {
    const shown = async (secret: string) =>
      (await get('?format=csv', { authorization: `Bearer ${secret}` })).status
    expect(await shown(key)).toBe(200)
    expect(await shown(await app.createKey('keys:manage', 'settings:manage'))).toBe(403)
    expect(await shown('pharos_nobody')).toBe(401)
  })

  it.each([
    ['page=0', 'page'],
    ['limit=501', 'limit'],
    ['limit=0', 'limit'],
    ['from=yesterday', 'from'],
    ['to=2023-02-30', 'to'],
    ['to=2023-11-15T00:00:00', 'to'],
    ['format=xml', 'format'],
    ['who=me', 'request'],
  ])('refuses %s and names the field', async (query, field) => {
    const { status, text } = await get(`?${query}`)
    expect(status).toBe(422)
    expect(JSON.parse(text)).toMatchObject({ error: [{ field, type: 'general' }] })
  })
})
