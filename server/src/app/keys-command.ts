import {
  changeKeyLimits,
  createApiKey,
  listApiKeys,
  listKeyUse,
  revokeApiKey,
  type ApiKey,
  type KeyUse,
} from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import type { Command, Config } from './config.ts'
import { limitWords, useWords } from './describe-limits.ts'
import { dayOf } from './time-words.ts'
import { withStore, type Print } from './with-store.ts'

const secondsPerDay = 86_400

/** `keys create`: the secret is printed alone on the last line, this once. */
export async function createKey(
  config: Config,
  command: Extract<Command, { name: 'keys create' }>,
  print: Print,
): Promise<void> {
  await withStore(config, async (ctx) => {
    const { label: name, scopes, expiresInDays, limits } = command
    const expiresAt =
      expiresInDays === undefined ? null : systemClock.nowSeconds() + expiresInDays * secondsPerDay
    const { key, secret } = await createApiKey(ctx, { name, scopes, expiresAt, limits })
    print(`Made key ${key.id} "${key.name}" (${key.scopes.join(', ')}).\n`)
    const words = limitWords(key)
    if (words.length > 0) print(`It is limited: ${words.join(', ')}.\n`)
    print(`Keep the secret now, it is not shown again:\n${secret}\n`)
  })
}

/** `keys list`: one line a key, the secret never. */
export async function listKeys(config: Config, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const keys = await listApiKeys(ctx)
    if (keys.length === 0) print('There are no keys yet: npm start -- keys create --name me\n')
    const use = await listKeyUse(ctx, keys)
    for (const key of keys) print(`${describe(key, use.get(key.id))}\n`)
  })
}

/** `keys limit`: holds from the key's next request on, also in a server that runs. */
export async function limitKey(
  config: Config,
  command: Extract<Command, { name: 'keys limit' }>,
  print: Print,
): Promise<void> {
  await withStore(config, async (ctx) => {
    const key = await changeKeyLimits(ctx, command.key, command.limits)
    const words = limitWords(key)
    const bounds = words.length === 0 ? 'no limits' : words.join(', ')
    print(`Key ${key.id} "${key.name}" has ${bounds}.\n`)
  })
}

/** `keys revoke`: takes effect at once, also in a server that runs. */
export async function revokeKey(config: Config, reference: string, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const key = await revokeApiKey(ctx, reference)
    print(`Revoked key ${key.id} "${key.name}".\n`)
  })
}

function describe(key: ApiKey, use: KeyUse | undefined): string {
  const used = key.lastUsedAt === null ? 'never used' : `last used ${dayOf(key.lastUsedAt)}`
  const ends = key.expiresAt === null ? 'no end' : `ends ${dayOf(key.expiresAt)}`
  const kind = key.format === 'pharos' ? [] : [key.format]
  const limits = useWords(key, use)
  const facts = [...kind, key.status, `${key.requestCount} requests`, used, ends, ...limits]
  return `${key.prefix}…  ${key.id}  "${key.name}"  ${facts.join(', ')}  [${key.scopes.join(', ')}]`
}
