import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'

const path = '/bodhi/v1/conversations'
const mebibyte = 1024 * 1024

describe('Long conversations', () => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp()
  })
  afterAll(() => server.stop())

  const post = (value: unknown) => sendJson(server.url, { path, value })
  const message = (content: string) => ({ role: 'user', content })
  const codeOf = (text: string): unknown => JSON.parse(text).error.code

  test('come back as they were sent, in pieces that make one text', async () => {
    const contents = Array.from({ length: 40 }, (_, index) => `${index} "ü" `.repeat(6000))
    const made = await post({ id: 'long', messages: contents.map(message) })
    expect(made.status).toBe(201)
    expect(Number(made.headers['content-length'])).toBe(Buffer.byteLength(made.text))
    const read = await send(server.url, { path: `${path}/long` })
    expect(read.text).toBe(made.text)
    expect(
      JSON.parse(read.text).messages.map(({ content }: { content: string }) => content),
    ).toEqual(contents)
    const head = await send(server.url, { method: 'HEAD', path: `${path}/long` })
    expect([head.status, head.headers['etag'], head.text]).toEqual([200, read.headers['etag'], ''])
  })

  test('are refused with the field at fault when they are large and do not fit', async () => {
    const value = { messages: [message('x'.repeat(mebibyte)), { role: 'nobody' }] }
    const { status, text } = await post(value)
    expect([status, JSON.parse(text).error.param]).toEqual([400, 'messages[1].role'])
    const cut = JSON.stringify(value).slice(0, -1)
    const headers = { 'content-type': 'application/json' }
    const refused = await send(server.url, { method: 'POST', path, headers, body: cut })
    expect([refused.status, codeOf(refused.text)]).toEqual([400, 'json_rejection_error'])
  })

  test('are counted before each message is checked', async () => {
    const { status, text } = await post({ messages: Array.from({ length: 10_001 }, () => ({})) })
    const { code, param } = JSON.parse(text).error
    expect([status, code, param]).toEqual([
      400,
      'obj_validation_error-validation_errors',
      'messages',
    ])
  })

  test('hold sixteen mebibytes of text and no more', async () => {
    const most = await post({ id: 'most', messages: [message('x'.repeat(16 * mebibyte))] })
    expect(most.status).toBe(201)
    const over = await post({ id: 'over', messages: [message('x'.repeat(16 * mebibyte + 1))] })
    expect([over.status, codeOf(over.text)]).toEqual([413, 'request_too_large'])
    const body = await post({ id: 'over', messages: [message('x'.repeat(32 * mebibyte))] })
    expect([body.status, codeOf(body.text)]).toEqual([413, 'request_too_large'])
    expect((await send(server.url, { path: `${path}/over` })).status).toBe(404)
  })
})
