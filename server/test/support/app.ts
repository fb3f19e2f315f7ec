import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beaconRoutes, type BeaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { createClient, type Client } from '@pharos/contract/client.ts'
import type { Scope } from '@pharos/contract/vocabulary.ts'
import { startApp, type App } from '../../src/app/app.ts'
import { loadConfig, type Config, type OperatorChoices } from '../../src/app/config.ts'
import { createApiKey, localCaller } from '../../src/features/identity/index.ts'
import type { Dialect } from '../../src/platform/db/database.ts'
import { createLog } from '../../src/platform/log/create-log.ts'
import { dropPostgres, freshPostgresUrl } from './postgres.ts'

export interface TestAppOptions {
  /** SQLite unless said otherwise. */
  readonly dialect?: Dialect
  /** Settings that differ from what an empty environment gives. */
  readonly settings?: Partial<Config>
}

/** The whole server on a free loopback port, with a data folder of its own. */
export interface TestApp extends AsyncDisposable {
  readonly app: App
  readonly config: Config
  /** Scheme, host and port, for example `http://127.0.0.1:40001`. */
  readonly url: string
  readonly client: Client<BeaconRoutes>
  /** Threads that died so far. */
  readonly deaths: readonly Error[]
  /** Makes an API key with these scopes and gives its secret. */
  createKey(...scopes: Scope[]): Promise<string>
  /** Stops the server gracefully and removes what it stored. */
  stop(): Promise<void>
}

/** Starts the server as `npm start` does, but silent and away from everything on this machine. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  await using started = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'pharos-app-'))
  started.defer(() => rm(dir, { recursive: true, force: true }))
  const databaseUrl = options.dialect === 'postgres' ? await freshPostgresUrl() : undefined
  if (databaseUrl !== undefined) started.defer(() => dropPostgres(databaseUrl))
  const { config: defaults, operator: given } = await loadConfig({
    argv: [],
    environment: { PHAROS_DATA_DIR: join(dir, 'data') },
    workingDir: dir,
    homeDir: dir,
  })
  const config = {
    ...defaults,
    host: ['127.0.0.1'],
    port: 0,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...options.settings,
  }
  const deaths: Error[] = []
  const log = createLog({ level: 'silent' })
  const operator = asGiven(given, options.settings ?? {})
  const app = started.use(
    await startApp({ config, operator, log, onDeath: (error) => deaths.push(error) }),
  )
  const [url = ''] = app.urls
  const stopping = started.move()
  return {
    app,
    config,
    url,
    deaths,
    client: createClient(beaconRoutes, { baseUrl: url }),
    createKey: (...scopes) => createKey(app, scopes),
    stop: () => stopping.disposeAsync(),
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  }
}

/** What a test sets counts as given on the command line. */
function asGiven({ options, named }: OperatorChoices, settings: Partial<Config>): OperatorChoices {
  const given = Object.entries(settings).flatMap(([name, value]) => {
    const option = options[name]
    return option ? [[name, { ...option, source: 'command line' as const, value }] as const] : []
  })
  return { options: { ...options, ...Object.fromEntries(given) }, named }
}

async function createKey(app: App, scopes: readonly Scope[]): Promise<string> {
  const ctx = { ...app.context, caller: localCaller() }
  const { secret } = await createApiKey(ctx, { name: 'test', scopes, expiresAt: null })
  return secret
}
