import { localCaller } from '../features/identity/index.ts'
import { listen, type Listening } from '../platform/http/listen.ts'
import type { Log } from '../platform/log/create-log.ts'
import { toListenAddresses, type Config, type OperatorChoices } from './config.ts'
import { createContext, type Context } from './context.ts'
import { fillWithDemo } from './demo/fill-with-demo.ts'
import { importBeaconSettings } from './import-beacon.ts'
import { mountAll } from './mount.ts'
import { Workers } from './workers.ts'

export interface App extends AsyncDisposable {
  readonly context: Context
  /** Where it listens, for example `http://127.0.0.1:7474`. */
  readonly urls: readonly string[]
  readonly mounted: ReturnType<typeof mountAll>['mounted']
}

export interface AppOptions {
  readonly config: Config
  /** Where each value of `config` comes from, and settings that are no options. */
  readonly operator: OperatorChoices
  readonly log: Log
  /** A part without which nothing can be stored has died: the process should end. */
  readonly onDeath: (error: Error) => void
}

/**
 * Opens the data, mounts the surfaces and listens. Disposing stops gracefully: no new requests,
 * those under way are answered, what is queued is written, then everything is closed.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config } = options
  await using opened = new AsyncDisposableStack()
  const urls: string[] = []
  const context = opened.use(await createContext({ ...options, ownUrls: () => urls }))
  await importBeaconSettings(context)
  if (config.demo) await fillWithDemo({ ...context, caller: localCaller() })
  const workers = opened.use(new Workers(context))
  const http = mountAll(context)
  const listening: Listening = opened.use(
    await listen(http, { hosts: toListenAddresses(config.host), port: config.port }),
  )
  // Whoever waits is answered at once, so that nobody is cut off.
  opened.defer(() => context.executionEnds.endWaits())
  urls.push(...listening.addresses.map(({ url }) => url))
  workers.start()
  const closing = opened.move()
  return {
    context,
    urls,
    mounted: http.mounted,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
