import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localCaller } from '../../../src/features/identity/index.ts'
import { createAlias } from '../../../src/features/models/index.ts'
import { defaultSnapshot } from '../../support/gguf/model-cache.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import { at } from '../gateway/stage.ts'
import { BodhiStage } from './stage.ts'

const file = { repo: 'lab/chat', filename: 'chat-Q4_0.gguf' }

describe.each(['sqlite', 'postgres'] as const)('The Bodhi surface [%s]', (dialect) => {
  let stage: BodhiStage
  beforeAll(async () => {
    stage = await BodhiStage.open(dialect)
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(() => stage.clear())

  const get = (path: string, headers = {}): Promise<Received> =>
    send(stage.app.url, { path: `/bodhi/v1/${path}`, headers })
  const post = (path: string, value: unknown, method = 'POST'): Promise<Received> =>
    sendJson(stage.app.url, { method, path: `/bodhi/v1/${path}`, value })
  const codeOf = ({ status, text }: Received): string =>
    `${status} ${String(at(text, 'error', 'code'))}`

  it('knows by its tag whether a client has the list, until somebody changes it', async () => {
    const first = await get('models')
    const tag = String(first.headers.etag)
    expect(tag).toMatch(/^W\/"[\w-]+"$/)
    const again = await get('models', { 'if-none-match': tag })
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag: tag } })
    expect(again.headers).not.toHaveProperty('content-length')
    await post('models', { alias: 'mine', ...file })
    const changed = await get('models', { 'if-none-match': tag })
    expect(changed.status).toBe(200)
    expect(changed.headers.etag).not.toBe(tag)
    expect((await get('models?page_size=1', { 'if-none-match': tag })).status).toBe(200)
  })

  it('gives a hundred on a page and no more', async () => {
    const ctx = { ...stage.app.app.context, caller: localCaller() }
    const target = { model: 'lab/chat:Q4_0', isEnabled: true }
    const alias = {
      targets: [target],
      requestParams: {},
      options: { strategy: 'fallback' },
    } as const
    for (let number = 100; number < 203; number += 1) await createAlias(ctx, `r${number}`, alias)
    const pages = await Promise.all(
      [1, 2].map((page) => get(`models?type=model_router&page_size=5000&page=${page}`)),
    )
    const names = pages.map(({ text }) =>
      [...text.matchAll(/"source":"model_router","id":"[^"]+","alias":"(r\d+)"/gu)].map(
        ([, name]) => name,
      ),
    )
    expect(names.map(({ length }) => length)).toEqual([100, 3])
    expect(names[0]?.[0]).toBe('r100')
    expect(names[1]).toEqual(['r200', 'r201', 'r202'])
    expect(at(pages[1]?.text ?? '', 'page_size')).toBe(100)
    expect(at(pages[1]?.text ?? '', 'total')).toBe(103)
  })

  const strange = [
    '%00',
    '%ED%A0%80',
    '%F0%9F%A6%99',
    'x'.repeat(900),
    '..%2F..%2Fetc',
    "'%20or%201",
  ]
  it.each(strange)('finds nothing under the id %s', async (id) => {
    const { url } = stage.app
    const seen: Record<string, number> = {}
    for (const path of [
      `models/${id}`,
      `models/api/${id}`,
      `models/router/${id}`,
      `modelfiles/pull/${id}`,
      `models/files/pull/${id}`,
      `modelfiles/pull/${id}/events`,
    ]) {
      seen[path] = (await get(path)).status
    }
    for (const [method, path] of [
      ['DELETE', `models/${id}`],
      ['DELETE', `models/alias/${id}`],
      ['DELETE', `models/api/${id}`],
      ['DELETE', `models/router/${id}`],
      ['DELETE', `modelfiles/pull/${id}`],
      ['POST', `modelfiles/pull/${id}`],
      ['POST', `modelfiles/pull/${id}/retry`],
      ['POST', `modelfiles/pull/${id}/archive`],
      ['POST', `models/api/${id}/sync-models`],
    ] as const) {
      seen[`${method} ${path}`] = (await send(url, { method, path: `/bodhi/v1/${path}` })).status
    }
    for (const [method, path, value] of [
      ['PUT', `models/${id}`, file],
      ['PUT', `models/alias/${id}`, file],
      ['POST', `models/${id}/copy`, { alias: 'mine' }],
      ['POST', `models/${id}/template`, { messages: [] }],
    ] as const) {
      seen[`${method} ${path}`] = (await post(path, value, method)).status
    }
    expect(Object.entries(seen).filter(([, status]) => status !== 404)).toEqual([])
  })

  it.each(['%00', '%ED%A0%80', '%25', "'", '_', 'x'.repeat(5000)])(
    'searches for %s as for any text',
    async (search) => {
      const { status, text } = await get(`models?search=${search}&sort=${search}`)
      expect(status, text).toBe(200)
      expect(at(text, 'total')).toBe(search === '_' ? 3 : 0)
    },
  )

  it.each(['\u0000', '\uD800'])('refuses %j wherever it would be stored', async (text) => {
    const unfit = '400 obj_validation_error-validation_errors'
    const alias = { alias: 'mine', ...file }
    for (const [path, value] of [
      ['models', { ...alias, alias: `a${text}` }],
      ['models', { ...alias, request_params: { user: text } }],
      ['models', { ...alias, request_params: { system_prompt: text } }],
      ['models', { ...alias, request_params: { stop: [text] } }],
      ['models/lab%2Fchat:Q4_0/copy', { alias: `a${text}` }],
      [
        'models/api',
        { api_format: 'openai', name: text, base_url: 'http://127.0.0.1:9', models: [] },
      ],
      [
        'models/api',
        {
          api_format: 'openai',
          name: 'x',
          base_url: 'http://127.0.0.1:9',
          models: [],
          prefix: text,
        },
      ],
      [
        'models/api',
        { api_format: 'openai', name: 'x', base_url: 'http://127.0.0.1:9', models: [text] },
      ],
    ] as const) {
      expect(`${path} ${codeOf(await post(path, value))}`).toBe(`${path} ${unfit}`)
    }
    expect(codeOf(await post('modelfiles/pull', { ...file, filename: `a${text}.gguf` }))).toBe(
      '400 hub_service_error-invalid_filename',
    )
    expect(codeOf(await post('models', { ...alias, snapshot: text }))).toBe(
      '404 hub_file_not_found_error',
    )
    const target = { alias: text, model: text }
    expect(codeOf(await post('models/router', { alias: 'best', targets: [target] }))).toBe(
      '404 model_router_error-referenced_alias_not_found',
    )
  })

  it('keeps what it need not understand as it is', async () => {
    const template = `--chat-template {{ messages }} \u0000 \uD800 é`
    const made = await post('models', { alias: 'mine', ...file, context_params: [template] })
    expect(made.status).toBe(201)
    expect(at((await get('models/mine')).text, 'context_params')).toEqual([template])
    const name = 'ünï:cødé/🦙 %2F?#&'
    expect((await post('models', { alias: name, ...file })).status).toBe(201)
    const found = await get(`models/${encodeURIComponent(name)}`)
    expect(at(found.text, 'alias')).toBe(name)
    const deleted = await send(stage.app.url, {
      method: 'DELETE',
      path: `/bodhi/v1/models/${encodeURIComponent(name)}`,
    })
    expect(deleted.status).toBe(204)
  })

  it('refuses a body that is too large, or nested too deep', async () => {
    const large = { alias: 'mine', ...file, more: 'x'.repeat(1024 * 1024) }
    expect(codeOf(await post('models', large))).toBe('413 request_too_large')
    const deep = '['.repeat(5_000) + ']'.repeat(5_000)
    const body = `{"alias":"mine","repo":"lab/chat","filename":"chat-Q4_0.gguf","more":${deep}}`
    const headers = { 'content-type': 'application/json' }
    const path = '/bodhi/v1/models'
    expect(codeOf(await send(stage.app.url, { method: 'POST', path, headers, body }))).toBe(
      '400 json_rejection_error',
    )
    expect((await get('models/mine')).status).toBe(404)
  })

  it('says that a file could not be removed', async () => {
    expect((await get('modelfiles')).status).toBe(200)
    const folder = join(stage.home, 'hub/models--lab--plain/snapshots', defaultSnapshot)
    const path = join(folder, 'plain.F32.gguf')
    await rm(path)
    // No file any more, and not empty.
    await mkdir(join(path, 'within'), { recursive: true })
    const refused = await send(stage.app.url, {
      method: 'DELETE',
      path: '/bodhi/v1/modelfiles?repo=lab/plain&filename=plain.F32.gguf',
    })
    expect(codeOf(refused)).toBe('500 io_file_delete_error')
    expect(refused.headers).not.toHaveProperty('retry-after')
  })

  it('lets one of many who want the same name have it', async () => {
    const asked = Array.from({ length: 8 }, () => post('models', { alias: 'mine', ...file }))
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.toSorted((one, two) => one - two)).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ])
    const pulls = Array.from({ length: 8 }, () =>
      post('modelfiles/pull', { repo: 'far/new', filename: 'new-Q8_0.gguf' }),
    )
    stage.station.next({ type: 'hold', afterBytes: 1000 })
    const ids = (await Promise.all(pulls)).map(({ text }) => at(text, 'id'))
    expect(new Set(ids).size).toBe(1)
    await stage.station.hub.untilHeld()
    stage.station.hub.release()
    await get(`modelfiles/pull/${String(ids[0])}/events`)
  })
})
