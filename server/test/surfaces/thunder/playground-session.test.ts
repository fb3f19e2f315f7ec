import { describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { send, sendJson } from '../../support/http-request.ts'

type Fields = Readonly<Record<string, unknown>>

interface Log {
  readonly request_id: string
}

class Visitor {
  readonly #app: TestApp
  readonly #headers: Readonly<Record<string, string>>
  readonly key: string

  private constructor(app: TestApp, key: string) {
    this.#app = app
    this.key = key
    this.#headers = { 'x-api-key': key }
  }

  static async arrive(app: TestApp): Promise<Visitor> {
    const reply = await sendJson(app.url, { path: '/playground/api-key', value: {} })
    expect(reply.status, reply.text).toBe(200)
    return new Visitor(app, String((JSON.parse(reply.text) as Fields)['api_key']))
  }

  async post(path: string, value: unknown): Promise<Fields> {
    const reply = await sendJson(this.#app.url, { path, value, headers: this.#headers })
    return { status: reply.status, ...(JSON.parse(reply.text) as Fields) }
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return send(this.#app.url, { path, headers: this.#headers })
  }

  async logs(): Promise<readonly Log[]> {
    const { text } = await this.get('/logs?limit=1')
    return (JSON.parse(text) as { readonly data: readonly Log[] }).data
  }
}

describe.each(['sqlite', 'postgres'] as const)('A session in the playground [%s]', (dialect) => {
  test('goes from a key over a mod to a log that only its visitor reads', async () => {
    await using opened = new AsyncDisposableStack()
    let ingestTo = ''
    const adminKey = 'the key of the engine'
    const engine = opened.use(await FakeEngine.start({ adminKey, ingestTo: () => ingestTo }))
    const settings = { playgroundLlama8bUrl: engine.url, playgroundAdminKey: adminKey }
    const app = opened.use(await startTestApp({ dialect, settings }))
    ingestTo = app.url
    const ann = await Visitor.arrive(app)
    const ben = await Visitor.arrive(app)
    const model = 'llama-3.1-8b'
    const messages = [{ role: 'user', content: 'Hi' }]

    const config = { injection_string: ' Wait.', position: 'reasoning_end' }
    const { code, mod_name } = await ann.post('/playground/mods/generate', { config })
    const upload = { model, code, mod_name }
    expect(await ann.post('/playground/mods/upload', upload)).toMatchObject({ success: true })
    expect(engine.modOf(ann.key, String(mod_name))).toBe(code)

    const reply = await ann.post('/playground/inference', { model, messages, mod_name })
    expect(reply).toMatchObject({ status: 200, text: `Hello from ${String(mod_name)}` })
    expect(engine.refusals).toEqual([])
    expect(await ann.logs()).toMatchObject([{ request_id: reply['request_id'] }])
    expect(await ben.logs()).toEqual([])

    const path = `/logs/${String(reply['request_id'])}`
    const detail = await ann.get(path)
    expect(detail.status).toBe(200)
    expect(detail.text).not.toContain(ann.key.slice(3, 11))
    expect((await ben.get(path)).status).toBe(403)

    const refused = await ben.post('/playground/inference', { model, messages, mod_name })
    expect(refused).toMatchObject({
      status: 502,
      error: `The model server answered 400: no such mod: ${String(mod_name)}`,
    })
  })
})
