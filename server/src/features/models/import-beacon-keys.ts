import { readFile } from 'node:fs/promises'
import { isJsonObject } from '../../platform/json.ts'
import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import { findSetting, keepSetting } from '../settings/index.ts'
import { saveSecrets, selectConnections } from './connection-store.ts'
import { keyProviders, providerKeyPurpose, type KeyProvider } from './key-provider.ts'
import { publishChange } from './models-event.ts'

const doneKey = 'beacon_config_import'

/** What an import came to. Only `imported` changed anything. */
export type BeaconKeyImport =
  | { readonly outcome: 'imported'; readonly providers: readonly KeyProvider[] }
  | { readonly outcome: 'done-before' | 'no-file' | 'unusable-file' }

type BeaconKeys = ReadonlyMap<KeyProvider, string>

/** Keys out of the text of a Beacon configuration (beacon contract §5.2), or nothing. */
export function readBeaconKeys(text: string): BeaconKeys | undefined {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(content)) return undefined
  const keys = content['api_keys'] ?? {}
  if (!isJsonObject(keys)) return undefined
  const found = keyProviders.flatMap((provider): [KeyProvider, string][] => {
    const secret = keys[provider]
    return typeof secret === 'string' && secret !== '' ? [[provider, secret]] : []
  })
  return new Map(found)
}

/** The text of the file; undefined when there is none, null when it cannot be read. */
async function readText(path: string): Promise<string | null | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : null
  }
}

async function saveNewKeys(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  keys: BeaconKeys,
): Promise<readonly KeyProvider[]> {
  const at = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    if ((await findSetting(tx, doneKey)) !== undefined) return []
    const stored = (await selectConnections(tx)).filter((row) => row.sealedSecret !== null)
    const fresh = [...keys].filter(([provider]) => !stored.some(({ name }) => name === provider))
    await saveSecrets(
      tx,
      fresh.map(([name, secret]) => ({
        id: ctx.ids.uuid(),
        name,
        sealedSecret: ctx.vault.seal(secret, providerKeyPurpose),
        createdBy: null,
        at,
      })),
    )
    const changes = { secret: '(secret)', from: 'beacon' }
    const targets = fresh.map(([provider]) => ({ kind: 'provider-key', id: provider }))
    await insertAudit(
      tx,
      targets.map((target) => auditEntry(ctx, target, 'create', changes)),
    )
    if (fresh.length > 0) publishChange(tx)
    await keepSetting(tx, { key: doneKey, value: JSON.stringify({ at }), at })
    return fresh.map(([provider]) => provider)
  })
}

/**
 * Takes the provider keys of an existing Beacon configuration over, once in the life of a store.
 * The file stays as it is; a key that is already stored stays too. A missing or unusable file is
 * looked at again at the next start.
 */
export async function importBeaconKeys(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  path: string,
): Promise<BeaconKeyImport> {
  allow(ctx.caller, 'settings:manage')
  if ((await ctx.db.read((tx) => findSetting(tx, doneKey))) !== undefined) {
    return { outcome: 'done-before' }
  }
  const text = await readText(path)
  if (text === undefined) return { outcome: 'no-file' }
  const keys = text === null ? undefined : readBeaconKeys(text)
  if (keys === undefined) return { outcome: 'unusable-file' }
  return { outcome: 'imported', providers: await saveNewKeys(ctx, keys) }
}
