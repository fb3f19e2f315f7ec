import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { sampleIngest } from './sample-ingest.ts'
import { sendJson } from './http-request.ts'

type Body = Readonly<Record<string, unknown>>
type Answer = readonly [status: number, body: unknown]

export interface FakeEngineOptions {
  readonly adminKey: string
  /** Where finished requests are posted; the engine's own setting. */
  readonly ingestTo: () => string
}

const model = 'modularai/Llama-3.1-8B-Instruct-GGUF'

/**
 * A model server on a loopback port of its own: it takes mods of registered users only, and posts
 * the log of each chat before it answers, with `mod@<key>` as the mod's name as remote ones do.
 * Source: thunder contract §6.4, §8.4.
 */
export class FakeEngine implements AsyncDisposable {
  readonly #options: FakeEngineOptions
  readonly #users = new Set<string>()
  readonly #mods = new Map<string, string>()
  readonly #server: Server
  /** Why logs were refused. */
  readonly refusals: string[] = []
  #url = ''

  private constructor(options: FakeEngineOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      void readText(request)
        .then((text) => this.#answer(request.url ?? '', request.headers, JSON.parse(text) as Body))
        .then(([status, body]) => {
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(JSON.stringify(body))
        })
    })
  }

  static async start(options: FakeEngineOptions): Promise<FakeEngine> {
    const engine = new FakeEngine(options)
    engine.#server.listen(0, '127.0.0.1')
    await once(engine.#server, 'listening')
    const address = engine.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the server has no port')
    engine.#url = `http://127.0.0.1:${address.port}`
    return engine
  }

  get url(): string {
    return this.#url
  }

  /** The source of a user's mod, as the engine has it. */
  modOf(userKey: string, name: string): string | undefined {
    return this.#mods.get(`${name}@${userKey}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(path: string, headers: IncomingHttpHeaders, body: Body): Promise<Answer> {
    if (path === '/add_user') return this.#addUser(body)
    const userKey = String(headers['x-user-api-key'] ?? '')
    if (path === '/v1/mods') return this.#takeMod(userKey, body)
    if (path === '/v1/chat/completions') return this.#chat(userKey, body)
    return [404, { detail: 'Not Found' }]
  }

  #addUser({ user_api_key, admin_key }: Body): Answer {
    if (typeof user_api_key !== 'string') return [400, { detail: 'user_api_key is missing' }]
    if (admin_key !== this.#options.adminKey) return [403, { detail: 'bad admin key' }]
    const existed = this.#users.has(user_api_key)
    this.#users.add(user_api_key)
    return [200, { ok: true, user: user_api_key, existed }]
  }

  #takeMod(userKey: string, { name, entrypoint, language, source }: Body): Answer {
    if (!this.#users.has(userKey)) return [403, { detail: 'unregistered key' }]
    const isWhole = language === 'python' && typeof source === 'string' && name === entrypoint
    if (!isWhole || !source.includes(`def ${String(name)}(`)) {
      return [400, { detail: `no function ${String(name)}` }]
    }
    const id = `${String(name)}@${userKey}`
    const replaced = this.#mods.has(id)
    this.#mods.set(id, source)
    return [200, { name, replaced, description: null }]
  }

  async #chat(userKey: string, body: Body): Promise<Answer> {
    const [owner = '', base = '', mod] = String(body['model']).split('/')
    if (`${owner}/${base}` !== model) return [404, { detail: 'no such model' }]
    if (mod !== undefined && !this.#mods.has(`${mod}@${userKey}`)) {
      return [400, { detail: `no such mod: ${mod}` }]
    }
    const requestId = randomUUID()
    await this.#postLog(requestId, userKey, mod)
    const message = { role: 'assistant', content: `Hello from ${mod ?? 'nobody'}` }
    return [200, { id: `chatcmpl-${requestId}`, choices: [{ index: 0, message }] }]
  }

  async #postLog(requestId: string, userKey: string, mod: string | undefined): Promise<void> {
    const sample = sampleIngest({ requestId, ownerKey: userKey })
    const active_mod_name = mod === undefined ? null : `${mod}@${userKey}`
    const value = { ...sample, request: { ...sample.request, active_mod_name, model } }
    const reply = await sendJson(this.#options.ingestTo(), { path: '/v1/ingest', value })
    if (reply.status !== 201) this.refusals.push(`${reply.status} ${reply.text}`)
  }
}
