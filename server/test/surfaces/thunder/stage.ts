import { scopes, type Scope } from '@pharos/contract/vocabulary.ts'
import type { Config } from '../../../src/app/config.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { FakeService } from '../../support/fake-service.ts'

/** What stands in for the outside world, by the names that transcripts use. */
export interface Services extends Readonly<Record<string, FakeProvider | FakeService>> {
  /** A model provider: behaviours as in the Beacon transcripts. */
  readonly openai: FakeProvider
  /** Runs inference and takes mods. */
  readonly engine: FakeService
  /** Finds features of text. */
  readonly sae: FakeService
  /** Records activations. */
  readonly hf: FakeService
}

/** Tables that a transcript may have filled; those before hang on those after. */
const filled = [
  'discussions',
  'collection_requests',
  'share_links',
  'collections',
  'inference_log_payloads',
  'inference_logs',
  'traces',
  'activation_runs',
  'api_keys',
] as const

/** The server with its services, for transcripts: a key is needed, as on the wire. */
export class Stage implements AsyncDisposable {
  readonly app: TestApp
  readonly fakes: Services
  readonly #opened: AsyncDisposableStack

  private constructor(app: TestApp, services: Services, opened: AsyncDisposableStack) {
    this.app = app
    this.fakes = services
    this.#opened = opened
  }

  static async open(dialect: Dialect): Promise<Stage> {
    await using opened = new AsyncDisposableStack()
    const services: Services = {
      openai: opened.use(await startFakeProvider('openai')),
      engine: opened.use(await FakeService.start()),
      sae: opened.use(await FakeService.start()),
      hf: opened.use(await FakeService.start()),
    }
    const app = opened.use(await startTestApp({ dialect, settings: settingsFor(services) }))
    return new Stage(app, services, opened.move())
  }

  /** Forgets what the transcript before has left. */
  async clear(): Promise<void> {
    await this.app.app.context.db.write(async ({ db }) => {
      for (const table of filled) await db.deleteFrom(table).execute()
    })
  }

  /** A key of everything (`admin`), or of the scopes named with `+` between. */
  keyOf(kind: string): Promise<string> {
    const named =
      kind === 'admin' ? scopes : scopes.filter((scope) => kind.split('+').includes(scope))
    return this.app.createKey(...(named as readonly Scope[]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}

function settingsFor({ openai, engine, sae, hf }: Services): Partial<Config> {
  return {
    auth: 'required',
    openaiBaseUrl: openai.url,
    openaiApiKey: 'sk-test',
    // The other model is left without a server.
    playgroundLlama8bUrl: engine.url,
    playgroundAdminKey: 'admin-of-engines',
    playgroundSaeUrl: sae.url,
    playgroundActivationsHfUrl: hf.url,
    bootstrapSecret: 'let-the-first-one-in',
    setupToken: 'the-token-of-the-house',
  }
}
