import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '@pharos/contract/vocabulary.ts'
import { beforeEach, expect, it } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { randomIds } from '../../platform/ids.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { jobCaller, localCaller, type Caller } from '../identity/index.ts'
import { openSecret } from './connection-facts.ts'
import { selectConnection } from './connection-store.ts'
import { deleteProviderKey } from './delete-provider-key.ts'
import { importBeaconKeys } from './import-beacon-keys.ts'
import { listProviderKeys } from './list-provider-keys.ts'
import { saveProviderKey } from './save-provider-key.ts'

const everything: Scope[] = ['settings:manage', 'completions:run']

describeEachDatabase('provider keys', (store) => {
  const contextOf = (caller: Caller = localCaller(), vault = createVault(Buffer.alloc(32, 1))) => ({
    db: store.db,
    clock: { nowSeconds: () => 1000, elapsedMs: () => 0 },
    ids: randomIds,
    vault,
    caller,
  })
  const ctx = () => contextOf()
  const stored = async (name: string) => store.db.read((tx) => selectConnection(tx, name))
  const storedKey = async (name: string) => openSecret(await stored(name), ctx().vault)

  beforeEach(async () => {
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('provider_connections').execute()
      await tx.db.deleteFrom('settings').execute()
      await tx.db.deleteFrom('audit_log').execute()
    })
  })

  it('keeps a key sealed and shows only its length and its last four characters', async () => {
    const secret = 'sk-ant-🔑-0123456789'
    expect(await saveProviderKey(ctx(), 'anthropic', secret)).toBe('anthropic')
    expect(await listProviderKeys(ctx())).toEqual([
      { provider: 'openai', stored: null },
      { provider: 'anthropic', stored: { length: 19, lastFour: '6789' } },
      { provider: 'google', stored: null },
    ])
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('provider_connections').selectAll().execute(),
    )
    expect(JSON.stringify(rows)).not.toContain('0123456789')
  })

  it('shows nothing of a key of four characters or fewer', async () => {
    await saveProviderKey(ctx(), 'google', 'abcd')
    const [, , google] = await listProviderKeys(ctx())
    expect(google?.stored).toEqual({ length: 4, lastFour: '' })
  })

  it('replaces a key and forgets it, as often as asked', async () => {
    await saveProviderKey(ctx(), 'openai', 'first')
    await saveProviderKey(ctx(), 'openai', ' second\u0000 ')
    expect(await storedKey('openai')).toBe(' second\u0000 ')
    expect(await deleteProviderKey(ctx(), 'openai')).toBe('openai')
    expect(await deleteProviderKey(ctx(), 'openai')).toBe('openai')
    expect(await storedKey('openai')).toBeNull()
    await saveProviderKey(ctx(), 'openai', 'third')
    expect(await storedKey('openai')).toBe('third')
  })

  it('leaves the address and the switch of a connection as they are', async () => {
    expect(await stored('openai')).toBeUndefined()
    await saveProviderKey(ctx(), 'openai', 'stored')
    await store.db.write(async (tx) => {
      const change = { is_active: 0, base_url: 'https://models.test/v1' }
      await tx.db.updateTable('provider_connections').set(change).execute()
    })
    await saveProviderKey(ctx(), 'openai', 'another')
    expect(await stored('openai')).toMatchObject({
      kind: 'openai',
      baseUrl: 'https://models.test/v1',
      isActive: false,
    })
  })

  it('tells every process of a change, and of nothing else', async () => {
    const changes = () => store.published.filter(({ topic }) => topic === 'models').length
    const before = changes()
    await saveProviderKey(ctx(), 'openai', 'told')
    expect(changes()).toBe(before + 1)
    await deleteProviderKey(ctx(), 'openai')
    await deleteProviderKey(ctx(), 'openai')
    expect(changes()).toBe(before + 2)
  })

  it('refuses an unknown provider and a key of no or too many characters', async () => {
    const refused = { code: 'invalid', message: 'Unsupported provider: mistral' }
    await expect(saveProviderKey(ctx(), 'mistral', 'x')).rejects.toMatchObject(refused)
    await expect(deleteProviderKey(ctx(), 'mistral')).rejects.toMatchObject(refused)
    for (const secret of ['', 'x'.repeat(10_001)]) {
      await expect(saveProviderKey(ctx(), 'openai', secret)).rejects.toMatchObject({
        code: 'invalid',
      })
    }
  })

  it('writes changes of keys into the audit without the keys', async () => {
    await saveProviderKey(ctx(), 'openai', 'hunter2-hunter2')
    await deleteProviderKey(ctx(), 'openai')
    await deleteProviderKey(ctx(), 'openai')
    const entries = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().where('target_id', '=', 'openai').execute(),
    )
    expect(entries).toHaveLength(2)
    expect(new Set(entries.map(({ action }) => action))).toEqual(
      new Set(['provider-key.update', 'provider-key.delete']),
    )
    expect(JSON.stringify(entries)).toContain('(secret)')
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })

  it('refuses callers without the scope', async () => {
    await saveProviderKey(ctx(), 'openai', 'kept')
    const other = contextOf(jobCaller('test', ['completions:run', 'traces:write', 'keys:manage']))
    const refused = { code: 'forbidden', message: 'This needs the scope settings:manage' }
    await expect(listProviderKeys(other)).rejects.toMatchObject(refused)
    await expect(saveProviderKey(other, 'openai', 'x')).rejects.toMatchObject(refused)
    await expect(deleteProviderKey(other, 'openai')).rejects.toMatchObject(refused)
    await expect(importBeaconKeys(other, '/none')).rejects.toMatchObject(refused)
    expect(await storedKey('openai')).toBe('kept')
  })

  it('imports a Beacon configuration once, leaving it and stored keys as they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pharos-beacon-'))
    const path = join(folder, 'config.json')
    const importer = contextOf(jobCaller('import', everything))
    try {
      expect(await importBeaconKeys(importer, path)).toEqual({ outcome: 'no-file' })
      await writeFile(path, '{"api_keys":')
      expect(await importBeaconKeys(importer, path)).toEqual({ outcome: 'unusable-file' })
      expect(await importBeaconKeys(importer, folder)).toEqual({ outcome: 'unusable-file' })

      await saveProviderKey(ctx(), 'openai', 'already here')
      const text = JSON.stringify({ api_keys: { openai: 'old', google: 'g-key' } })
      await writeFile(path, text)
      expect(await importBeaconKeys(importer, path)).toEqual({
        outcome: 'imported',
        providers: ['google'],
      })
      expect(await storedKey('openai')).toBe('already here')
      expect(await storedKey('google')).toBe('g-key')

      await deleteProviderKey(ctx(), 'google')
      expect(await importBeaconKeys(importer, path)).toEqual({ outcome: 'done-before' })
      expect(await storedKey('google')).toBeNull()
      expect(await readFile(path, 'utf8')).toBe(text)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('cannot show keys that another master key sealed', async () => {
    await saveProviderKey(ctx(), 'openai', 'sealed')
    const other = contextOf(localCaller(), createVault(Buffer.alloc(32, 2)))
    await expect(listProviderKeys(other)).rejects.toMatchObject({ code: 'precondition' })
  })
})
