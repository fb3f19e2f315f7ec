import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Role, scopes, type Scope } from '@pharos/contract/vocabulary.ts'
import { createApiKey, localCaller, startSession } from '../../../src/features/identity/index.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { Accounts } from '../../support/accounts.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { addToCache, defaultSnapshot, type CachedFile } from '../../support/gguf/model-cache.ts'
import { encodeTinyModel } from '../../support/gguf/tiny-model.ts'
import { send } from '../../support/http-request.ts'
import { OidcServer } from '../../support/oidc-server.ts'
import type { TranscriptStage } from '../../support/transcript-suite.ts'
import { HubStation } from './hub-station.ts'

export const olderSnapshot = 'b'.repeat(40)

/** What is on disk when a transcript begins. */
function filesOnDisk(): readonly CachedFile[] {
  const chat = encodeTinyModel({ says: ['Hello', ' there', '!'], name: 'Chat' })
  const older = encodeTinyModel({ says: ['Good', ' day'] })
  const plain = encodeTinyModel({ chatTemplate: null })
  const chatFile = { repo: 'lab/chat', filename: 'chat-Q4_0.gguf' }
  return [
    { ...chatFile, bytes: chat },
    { ...chatFile, bytes: older, snapshot: olderSnapshot, ref: null },
    // A part of another model: no model by itself.
    { repo: 'lab/chat', filename: 'mmproj-F16.gguf', bytes: chat.subarray(0, 1000) },
    { repo: 'lab/plain', filename: 'plain.F32.gguf', bytes: plain },
    { repo: 'lab/text', filename: 'text-Q8_0.gguf', bytes: Buffer.from('This is no model.') },
    { repo: 'lab/cut', filename: 'cut-Q8_0.gguf', bytes: chat.subarray(0, 100) },
  ]
}

/** Where models are kept that somebody named. */
const modelTables = ['model_aliases', 'provider_connections'] as const

const filled = ['downloads', 'api_keys', 'conversations', 'messages', 'users', 'sessions'] as const

/** The server with model files, a hub and three providers, open to its owner. */
export class BodhiStage implements TranscriptStage {
  readonly app: TestApp
  readonly home: string
  readonly station: HubStation
  readonly fakes: Readonly<Record<string, FakeProvider | HubStation>>
  readonly known: Readonly<Record<string, string>>
  readonly #files = filesOnDisk()
  #filesWere: string | undefined
  readonly #opened: AsyncDisposableStack

  private constructor(
    app: TestApp,
    { home, station, providers }: Surroundings,
    opened: AsyncDisposableStack,
  ) {
    this.app = app
    this.home = home
    this.station = station
    this.fakes = { ...providers, hub: station }
    this.known = {
      ...Object.fromEntries(Object.entries(providers).map(([name, { url }]) => [name, url])),
      own: app.url,
      chat: `${app.url}/ui/chat`,
      main: defaultSnapshot,
      older: olderSnapshot,
    }
    this.#opened = opened
  }

  static async open(dialect: Dialect, options: TestAppOptions = {}): Promise<BodhiStage> {
    await using opened = new AsyncDisposableStack()
    const home = await mkdtemp(join(tmpdir(), 'pharos-bodhi-'))
    opened.defer(() => rm(home, { recursive: true, force: true }))
    const station = opened.use(await HubStation.open())
    const providers = {
      openai: opened.use(await startFakeProvider('openai', { models: ['gpt-x', 'gpt-y'] })),
      anthropic: opened.use(await startFakeProvider('anthropic')),
      google: opened.use(await startFakeProvider('google')),
    }
    const issuer = opened.use(await OidcServer.start())
    const surroundings = { home, station, providers }
    const settings = {
      hfHome: home,
      hfEndpoint: station.hub.url,
      ollamaBaseUrl: nowhere,
      modelThreads: 1,
      oidcIssuer: issuer.url,
      oidcClientId: 'pharos-test',
      ...options.settings,
    }
    const app = opened.use(await startTestApp({ ...options, dialect, settings }))
    issuer.serve({ redirectUris: [`${app.url}/app/login/callback`] })
    return new BodhiStage(app, surroundings, opened.move())
  }

  /** Forgets what the transcript before has left, on disk too. */
  async clear(): Promise<void> {
    const { engine, library, db, settings } = this.app.app.context
    for (const { plan } of engine.loaded()) await engine.unload(plan)
    if (await this.#hasModels()) {
      await this.#forgetModels('model_router', 'router/')
      await this.#forgetModels('user', 'alias/')
      await this.#forgetModels('api', 'api/')
    }
    await db.write(async (tx) => {
      for (const table of filled) await tx.db.deleteFrom(table).execute()
      // The fingerprint of the master key stays.
      await tx.db.deleteFrom('settings').where('key', 'not like', 'master%').execute()
    })
    await this.#putFiles()
    library.forget()
    await settings.reload()
  }

  /**
   * A key of everything (`admin`), of the scopes named with `+` between, or one that may only use a
   * router (`best-only`); or the cookie of somebody of a role (`session:manager`).
   */
  async keyOf(kind: string): Promise<string> {
    const { data: role } = Role.safeParse(kind.replace('session:', ''))
    if (kind.startsWith('session:') && role !== undefined) return this.#logIn(role)
    const ctx = { ...this.app.app.context, caller: localCaller() }
    const granted =
      kind === 'admin' ? scopes : scopes.filter((scope) => kind.split('+').includes(scope))
    const isNarrow = kind === 'best-only'
    const key = {
      name: kind,
      scopes: isNarrow ? (['models:read'] satisfies readonly Scope[]) : granted,
      expiresAt: null,
      ...(isNarrow && { limits: { models: ['best'] } }),
    }
    return (await createApiKey(ctx, key)).secret
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }

  /** Most transcripts leave the files as they were. */
  async #putFiles(): Promise<void> {
    const hubDir = join(this.home, 'hub')
    if (this.#filesWere !== undefined && (await stateOf(hubDir)) === this.#filesWere) return
    await rm(hubDir, { recursive: true, force: true })
    for (const file of this.#files) await addToCache(hubDir, file)
    this.#filesWere = await stateOf(hubDir)
  }

  async #hasModels(): Promise<boolean> {
    const found = await this.app.app.context.db.read(({ db }) =>
      Promise.all(modelTables.map((table) => db.selectFrom(table).select('id').limit(1).execute())),
    )
    return found.flat().length > 0
  }

  async #logIn(role: Role): Promise<string> {
    const { context } = this.app.app
    const at = context.clock.nowSeconds()
    const name = `A ${role}`
    const email = `${role}@pharos.test`
    const person = { role, name, email, emailKey: email, createdAt: at, updatedAt: at }
    const { id: userId } = await new Accounts(context).add(person)
    const session = { userId, kind: 'password', ip: null, userAgent: null } as const
    return (await startSession(context, session)).secret
  }

  /** Some lead to others, and go after them. */
  async #forgetModels(type: string, place: string): Promise<void> {
    const { url } = this.app
    for (;;) {
      const { text } = await send(url, { path: `/bodhi/v1/models?page_size=100&type=${type}` })
      const ids = [...text.matchAll(/"id":"([\da-f-]{36})"/gu)].map(([, id]) => id)
      if (ids.length === 0) return
      for (const id of ids)
        await send(url, { method: 'DELETE', path: `/bodhi/v1/models/${place}${id}` })
    }
  }
}

/** Tells whether anything below a folder was changed: everything there, when, and how large. */
async function stateOf(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const lines = found.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name)
    const { mode, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true })
    return [path, mode, size, mtimeNs, ctimeNs].join(' ')
  })
  return (await Promise.all(lines)).toSorted().join('\n')
}

interface Surroundings {
  readonly home: string
  readonly station: HubStation
  readonly providers: Readonly<Record<string, FakeProvider>>
}

/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9'
