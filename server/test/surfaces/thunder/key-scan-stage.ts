import { startFakeProvider } from '../../support/fake-provider.ts'
import { FakeService } from '../../support/fake-service.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import { databasePlace, makeHome, type RunningServer } from '../../cli/pharos.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'

/** Literal keys that came with logs, and one that is only a login. */
const engineKey = 'engine-Zq81xW-4tPv/77Lm+cN20'
const loneKey = 'lonely-Bv52gK-9dHs-31Xe-wT64'
const otherKey = 'others-Kd93rB-1hYs-50Qe-uF68'
const loginKey = 'logins-Mc47yN-6jRf-28Ua-oG15'
const providerKey = 'sk-live-Pw36eJ-2bCz-84Vi-qD79'
const hostKey = 'hosted-Lx05tS-7nAk-93Wp-hE42'
/** No one's, but shown by somebody. */
const nobody = 'nobody-Ty60aF-5kMb-17Zo-rH33'
const literalKeys = [engineKey, loneKey, otherKey, loginKey, providerKey, hostKey, nobody]

/** A server in a process of its own, with keys of all kinds and everything that may show them. */
export interface ScanStage extends AsyncDisposable {
  readonly server: RunningServer
  /** Everything that no reply, frame or line may hold a piece of. */
  readonly secrets: readonly string[]
  readonly admin: string
  /** What callers of each class but admin show. */
  readonly readers: Readonly<Record<string, string | undefined>>
  /** What stands for the parameters of paths; several where there are several kinds. */
  readonly params: Readonly<Record<string, readonly string[]>>
  /** Posts another log of the engine, with its key in every place where engines put it. */
  postLog(requestId: string): Promise<Received>
}

export async function openScanStage(dialect: Dialect): Promise<ScanStage> {
  await using opened = new AsyncDisposableStack()
  const openai = opened.use(await startFakeProvider('openai'))
  const service = opened.use(await FakeService.start())
  const home = opened.use(await makeHome())
  const place = opened.use(await databasePlace(dialect))
  const environment = {
    ...place.environment,
    BOOTSTRAP_SECRET: 'let-the-first-one-in',
    OPENAI_BASE_URL: openai.url,
    PLAYGROUND_LLAMA_8B_URL: service.url,
    PLAYGROUND_SAE_URL: service.url,
    PLAYGROUND_ACTIVATIONS_HF_URL: service.url,
    PLAYGROUND_ADMIN_KEY: hostKey,
  }
  const args = ['--auth', 'required', '--log-level', 'trace']
  const server = opened.use(await home.start(args, environment))
  const { url } = server
  const post = poster(url)
  const admin = memberOf(
    await post('/auth/bootstrap', undefined, { name: 'root', secret: 'let-the-first-one-in' }),
    'api_key',
  )
  await post('/v1/ingest', undefined, logOf('mine', engineKey))
  await post('/v1/ingest', undefined, logOf('shown', engineKey))
  await post('/v1/ingest', undefined, logOf('lone', loneKey))
  await post('/v1/ingest', undefined, logOf('theirs', otherKey))
  const keyFor = async (name: string, label: string, is_admin = false): Promise<string> => {
    const value = { name, description: 'bench', allowed_api_key: label, is_admin }
    return memberOf(await post('/auth/keys', admin, value), 'api_key')
  }
  const owner = await keyFor('bench', engineKey)
  const other = await keyFor('others', otherKey)
  const second = await keyFor('second', loginKey, true)
  const visit = memberOf(await post('/playground/api-key', owner, {}), 'api_key')
  const create = async (name: string, scopes: string): Promise<string> => {
    const command = ['keys', 'create', '--name', name, '--scopes', scopes]
    return (await home.run(command, environment)).stdout.trimEnd().split('\n').at(-1) ?? ''
  }
  const team = await create('team', 'traces:read,logs:read,models:read')
  const root = await create('root', 'all')
  await post('/v1/settings/api-keys', root, { provider: 'openai', api_key: providerKey }, 'PUT')
  const made = await seed(post, { owner, engineKey })
  const readers = { anonymous: undefined, owner, other, login: engineKey, engine: loneKey }
  const stopping = opened.move()
  return {
    server,
    admin,
    secrets: [...literalKeys, admin, owner, other, second, visit, team, root],
    readers: { ...readers, visit, team, nobody },
    params: await paramsOf(url, admin, made),
    postLog: (requestId) => post('/v1/ingest', undefined, logOf(requestId, engineKey)),
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  }
}

type Post = (
  path: string,
  key: string | undefined,
  value: unknown,
  method?: string,
) => Promise<Received>

function poster(url: string): Post {
  return async (path, key, value, method = 'POST') => {
    const headers = key === undefined ? {} : { 'x-api-key': key }
    const reply = await sendJson(url, { method, path, value, headers })
    if (reply.status >= 300) throw new Error(`${path} was answered ${reply.status} ${reply.text}`)
    return reply
  }
}

/** A log as an engine elsewhere sends it: the owner's key is in every place that may have it. */
function logOf(request_id: string, key: string) {
  const mod = `guide@${key}`
  const link = { mod_call_sequence: 0, mod_name: mod }
  return {
    request: {
      request_id,
      user_api_key: key,
      model: `own/tiny-8b/${mod}`,
      active_mod_name: mod,
      mod: `def guide(event):\n    return "${mod}"\n`,
      user_prompt: 'Name one prime.',
      final_text: '7.',
    },
    events: [
      { event_type: 'Prefilled', step: 0, sequence_order: 0 },
      { event_type: 'ForwardPass', step: 1, sequence_order: 1, details: { mod } },
      { event_type: 'Sampled', step: 1, sequence_order: 2, sampled_token: 7, token_text: '7.' },
    ],
    mod_calls: [
      {
        event_sequence_order: 1,
        mod_name: mod,
        event_type: 'ForwardPass',
        step: 1,
        exception_occurred: true,
        exception_message: `${mod} went wrong`,
        exception_traceback: `in ${mod}: line 1`,
      },
    ],
    mod_logs: [{ ...link, log_message: `${mod} was here`, log_level: 'INFO' }],
    actions: [
      {
        mod_call_sequence: 0,
        action_type: 'EmitError',
        action_order: 0,
        details: { error_message: `${mod} gave up`, mod: { of: [mod] } },
      },
    ],
  }
}

interface Seeded {
  readonly collectionId: number
  readonly discussionId: number
  readonly tokens: readonly string[]
  readonly chat: Received
}

async function seed(
  post: Post,
  { owner, engineKey: key }: { readonly owner: string; readonly engineKey: string },
): Promise<Seeded> {
  const identity = { created_by: key, added_by: key }
  const value = { name: 'set', description: 'primes', ...identity }
  const { collection } = JSON.parse((await post('/collections', owner, value)).text) as {
    readonly collection: { readonly id: number }
  }
  const at = `/collections/${collection.id}`
  await post(`${at}/requests`, owner, { request_id: 'mine', ...identity })
  await post('/logs/shown/collections', key, { collection_id: collection.id, ...identity })
  const logToken = memberOf(await post('/logs/shown/public', owner, {}), 'public_token')
  const setToken = memberOf(await post(`${at}/public`, key, {}), 'public_token')
  const said = { username: 'Ann', comment: 'hi', author: key }
  const { discussion } = JSON.parse((await post('/logs/shown/discussions', owner, said)).text) as {
    readonly discussion: { readonly id: number }
  }
  await post('/playground/activations/run', owner, { prompt: 'Hi', request_id: 'run' })
  const messages = [{ role: 'user', content: 'Name one prime.' }]
  const chat = await post('/v1/playground/chat', owner, { model: 'gpt-4o-mini', messages })
  const tokens = [logToken, setToken]
  return { collectionId: collection.id, discussionId: discussion.id, tokens, chat }
}

async function paramsOf(
  url: string,
  admin: string,
  { collectionId, discussionId, tokens }: Seeded,
): Promise<ScanStage['params']> {
  const headers = { 'x-api-key': admin }
  const { text } = await send(url, { path: '/v1/traces?limit=100', headers })
  const { traces } = JSON.parse(text) as { readonly traces: readonly { trace_id: string }[] }
  const traceIds = traces.map(({ trace_id }) => trace_id)
  const spanIds: string[] = []
  for (const traceId of traceIds) {
    const { text: detail } = await send(url, { path: `/v1/traces/${traceId}`, headers })
    const { spans } = JSON.parse(detail) as { readonly spans: readonly { span_id: string }[] }
    spanIds.push(...spans.map(({ span_id }) => span_id))
  }
  return {
    request_id: ['mine', 'shown', 'lone', 'theirs', 'run'],
    discussion_id: [String(discussionId)],
    collection_id: [String(collectionId)],
    public_token: tokens,
    collection_token: tokens,
    trace_id: traceIds,
    span_id: spanIds,
    replay_id: ['none'],
    file: ['none'],
    provider: ['openai'],
  }
}

function memberOf({ text }: Received, name: string): string {
  const value: unknown = Reflect.get(JSON.parse(text) as object, name)
  if (typeof value !== 'string') throw new Error(`no ${name} in ${text}`)
  return value
}
