import { createApiKey, listApiKeys, revokeApiKey, type ApiKey } from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import type { Command, Config } from './config.ts'
import { withStore, type Print } from './with-store.ts'

const secondsPerDay = 86_400

/** `keys create`: the secret is printed alone on the last line, this once. */
export async function createKey(
  config: Config,
  command: Extract<Command, { name: 'keys create' }>,
  print: Print,
): Promise<void> {
  await withStore(config, async (ctx) => {
    const { label: name, scopes, expiresInDays } = command
    const expiresAt =
      expiresInDays === undefined ? null : systemClock.nowSeconds() + expiresInDays * secondsPerDay
    const { key, secret } = await createApiKey(ctx, { name, scopes, expiresAt })
    print(`Made key ${key.id} "${key.name}" (${key.scopes.join(', ')}).\n`)
    print(`Keep the secret now, it is not shown again:\n${secret}\n`)
  })
}

/** `keys list`: one line a key, the secret never. */
export async function listKeys(config: Config, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const keys = await listApiKeys(ctx)
    if (keys.length === 0) print('There are no keys yet: npm start -- keys create --name me\n')
    for (const key of keys) print(`${describe(key)}\n`)
  })
}

/** `keys revoke`: takes effect at once, also in a server that runs. */
export async function revokeKey(config: Config, reference: string, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const key = await revokeApiKey(ctx, reference)
    print(`Revoked key ${key.id} "${key.name}".\n`)
  })
}

function describe(key: ApiKey): string {
  const used = key.lastUsedAt === null ? 'never used' : `last used ${day(key.lastUsedAt)}`
  const ends = key.expiresAt === null ? 'no end' : `ends ${day(key.expiresAt)}`
  const kind = key.format === 'pharos' ? [] : [key.format]
  const facts = [...kind, key.status, `${key.requestCount} requests`, used, ends]
  return `${key.prefix}…  ${key.id}  "${key.name}"  ${facts.join(', ')}  [${key.scopes.join(', ')}]`
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
