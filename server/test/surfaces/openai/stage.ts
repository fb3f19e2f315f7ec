import type { Scope } from '@pharos/contract/vocabulary.ts'
import { createApiKey, localCaller } from '../../../src/features/identity/index.ts'
import { createConnection, type AliasInput } from '../../../src/features/models/index.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import type { TestApp } from '../../support/app.ts'
import {
  startFakeProvider,
  type Behaviour,
  type FakeProvider,
  type FakeProviderKind,
  type FakeRequest,
} from '../../support/fake-provider.ts'
import { send } from '../../support/http-request.ts'
import { startModelStage, type ModelStage } from '../../support/model-stage.ts'

/** The server, its providers, one that is gone, and aliases that lead to them. */
export interface Stage extends ModelStage {
  /** `lab` is a server of OpenAI's dialect that also lists its models and goes on with texts. */
  readonly fakes: Readonly<Record<FakeProviderKind | 'lab', FakeProvider>>
  /** The secret of a new key of one of the `keyKinds`. */
  keyOf(kind: string): Promise<string>
}

const runs: readonly Scope[] = ['completions:run', 'models:read']

/** Keys that transcripts show, by what they may do. */
const keyKinds: Readonly<Record<string, Partial<Parameters<typeof createApiKey>[1]>>> = {
  runs: {},
  lists: { scopes: ['models:read'] },
  embeds: { scopes: ['embeddings:run'] },
  'lab-only': { limits: { models: ['lab/*'] } },
  'once-a-minute': { limits: { requestsPerMinute: 1 } },
  'nearly-spent': { limits: { budgetUsd: 1e-9, budgetPeriod: 'total' } },
}

const toOpenAi: AliasInput = {
  targets: [{ model: 'openai/gpt-4o-mini', isEnabled: true }],
  requestParams: { temperature: 0.25 },
  options: { strategy: 'fallback' },
}

const aliases: Readonly<Record<string, AliasInput>> = {
  'house-model': toOpenAi,
  'house-cached': { ...toOpenAi, options: { strategy: 'fallback', cacheSeconds: 60 } },
}

/** Starts all of them; what the providers list is known, so that nobody is asked for it meanwhile. */
export async function openStage(dialect: Dialect): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const lab = opened.use(await startFakeProvider('openai', { checksRequests: false }))
  lab.always(labBeside)
  const stage = opened.use(await startModelStage({ dialect, aliases }))
  const { app, fakes } = stage
  await connect(app, lab.url)
  await send(app.url, { path: '/v1/models' })
  const stopping = opened.move()
  return {
    app,
    fakes: { ...fakes, lab },
    keyOf: (kind) => keyOf(app, kind),
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  }
}

/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9/v1'

async function connect({ app }: TestApp, labUrl: string): Promise<void> {
  const ctx = { ...app.context, caller: localCaller() }
  const lab = { kind: 'openai-compatible', baseUrl: labUrl, apiKey: 'lab-key' }
  await createConnection(ctx, 'lab', lab, { skipsTest: true })
  await createConnection(ctx, 'gone', { ...lab, baseUrl: nowhere }, { skipsTest: true })
}

async function keyOf({ app }: TestApp, kind: string): Promise<string> {
  const given = keyKinds[kind]
  if (!given) throw new Error(`No key is called ${kind}`)
  const ctx = { ...app.context, caller: localCaller() }
  const key = { name: kind, scopes: runs, expiresAt: null, ...given }
  return (await createApiKey(ctx, key)).secret
}

/** What the lab answers beside chats: two models, and the end of a text. */
function labBeside({ path, body }: FakeRequest): Behaviour {
  if (path === '/v1/models') {
    const models = ['qwen/2.5:q4', 'tiny'].map((id) => ({ id, object: 'model', created: 5 }))
    return { type: 'raw', body: JSON.stringify({ object: 'list', data: models }) }
  }
  if (path !== '/v1/completions') return { type: 'reply' }
  const head = { id: 'cmpl-lab', object: 'text_completion', created: 5, model: 'lab-own' }
  const choice = { index: 0, text: ' upon a time', logprobs: null, finish_reason: 'length' }
  const usage = { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 }
  const whole = { ...head, choices: [choice], usage, x_lab: true }
  if (body['stream'] !== true) return { type: 'raw', body: JSON.stringify(whole) }
  const chunks = [
    { ...head, choices: [{ ...choice, finish_reason: null }], x_lab: true },
    { ...head, choices: [{ ...choice, text: '' }] },
    { ...head, choices: [], usage },
  ]
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
  const headers = { 'content-type': 'text/event-stream' }
  return { type: 'raw', headers, body: events.map((event) => `data: ${event}\n\n`) }
}
