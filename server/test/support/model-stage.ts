import type { Config } from '../../src/app/config.ts'
import { localCaller } from '../../src/features/identity/index.ts'
import { createAlias, type AliasInput } from '../../src/features/models/index.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts'
import {
  startFakeProvider,
  type FakeProvider,
  type FakeProviderKind,
  type FakeProviderOptions,
} from './fake-provider.ts'

/** A server and the four providers that its built-in connections lead to. */
export interface ModelStage extends AsyncDisposable {
  readonly app: TestApp
  readonly fakes: Readonly<Record<FakeProviderKind, FakeProvider>>
}

export interface ModelStageOptions extends TestAppOptions {
  readonly providers?: Readonly<Partial<Record<FakeProviderKind, FakeProviderOptions>>>
  /** By their names. */
  readonly aliases?: Readonly<Record<string, AliasInput>>
}

/** Models that Beacon's own price list knows, and one that runs at home. */
export const stageModels = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-haiku-4-5-20251001',
  google: 'gemini-2.5-flash',
  ollama: 'ollama/llama3.2',
} as const satisfies Readonly<Record<FakeProviderKind, string>>

/** Starts all of them; every provider that needs a key has one stored. */
export async function startModelStage({
  providers = {},
  aliases = {},
  ...options
}: ModelStageOptions = {}): Promise<ModelStage> {
  await using started = new AsyncDisposableStack()
  const start = async (kind: FakeProviderKind) =>
    started.use(await startFakeProvider(kind, providers[kind]))
  const fakes = {
    openai: await start('openai'),
    anthropic: await start('anthropic'),
    google: await start('google'),
    ollama: await start('ollama'),
  }
  const settings: Partial<Config> = {
    openaiBaseUrl: fakes.openai.url,
    anthropicBaseUrl: fakes.anthropic.url,
    googleBaseUrl: fakes.google.url,
    ollamaBaseUrl: fakes.ollama.url,
    ...options.settings,
  }
  const app = started.use(await startTestApp({ ...options, settings }))
  for (const provider of ['openai', 'anthropic', 'google']) {
    await app.client.putApiKey({ body: { provider, api_key: `test-key-of-${provider}` } })
  }
  const ctx = { ...app.app.context, caller: localCaller() }
  for (const [name, alias] of Object.entries(aliases)) await createAlias(ctx, name, alias)
  const stopping = started.move()
  return { app, fakes, [Symbol.asyncDispose]: () => stopping.disposeAsync() }
}
