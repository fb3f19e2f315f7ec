import { afterEach, describe, expect, it, vi } from 'vitest'
import { schemaSteps } from '../../../migrations/index.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase, openForTest } from '../../../test/support/database.ts'
import { openSettings, type Decided } from '../../../test/support/live-settings.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import { saveSetting } from './save-setting.ts'
import { effectiveOf, settingSources } from './setting-source.ts'
import { storeSetting } from './store.ts'

const pairs = settingSources.flatMap((strong, rank) =>
  settingSources.slice(rank + 1).map((weak) => [strong, weak] as const),
)

describe('The order of sources', () => {
  it('is the one of the contract', () => {
    expect(settingSources).toEqual([
      'system',
      'command line',
      'environment',
      'file',
      'database',
      'default',
    ])
    expect(pairs).toHaveLength(15)
  })

  it.each(pairs)('lets the %s beat the %s', (strong, weak) => {
    const values = { [weak]: 'weak', [strong]: 'strong' }
    expect(effectiveOf(values)).toEqual({ value: 'strong', source: strong })
  })

  it('has nothing where nobody says anything', () => {
    expect(effectiveOf({})).toEqual({ value: null, source: 'default' })
  })
})

describeEachDatabase('The settings', (store) => {
  const clock = standingClock()
  const opened: AsyncDisposable[] = []
  const open = async (decided: Decided = {}) => {
    const made = await openSettings(store.db, decided)
    opened.push(made.settings)
    return made
  }
  const keep = async (key: string, value: unknown, userId = '') => {
    const setting = { key, userId, value: JSON.stringify(value), by: null, at: 1 }
    await store.db.write((tx) => storeSetting(tx, setting))
  }
  afterEach(async () => {
    for (const each of opened.splice(0)) await each[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('settings').execute()
    })
  })

  it.each([
    ['command line', 1],
    ['environment', 2],
    ['file', 3],
  ] as const)('keep what the %s says of an option above the database', async (source, value) => {
    await keep('BODHI_KEEP_ALIVE_SECS', 400)
    const keepAliveSeconds = { source, value, fallback: 300 }
    const { settings } = await open({ options: { keepAliveSeconds } })
    expect(settings.effective('BODHI_KEEP_ALIVE_SECS')).toMatchObject({
      value,
      source,
      fallback: 300,
    })
    expect(settings.value('BODHI_KEEP_ALIVE_SECS')).toBe(value)
  })

  it.each([
    [
      [
        ['environment', 'true'],
        ['file', false],
      ],
      'environment',
      true,
    ],
    [
      [
        ['file', true],
        ['environment', 'false'],
      ],
      'environment',
      false,
    ],
    [[['file', false]], 'file', false],
    [[], 'database', true],
  ] as const)('take a flag given as %j from the %s', async (given, source, value) => {
    await keep('FEATURE_X', true)
    const named = given.map(([from, said]) => ({ key: 'FEATURE_X', source: from, given: said }))
    const { settings } = await open({ named })
    expect(settings.effective('FEATURE_X')).toMatchObject({ value, source, fallback: false })
  })

  it('take an option from the database where nobody else says anything', async () => {
    expect((await open()).settings.effective('auth')).toMatchObject({
      value: 'open',
      source: 'default',
    })
    await keep('auth', 'required')
    const { settings } = await open()
    expect(settings.effective('auth')).toMatchObject({ value: 'required', source: 'database' })
    expect(settings.value('auth')).toBe('required')
  })

  it('show options in the words of Bodhi', async () => {
    const given = { source: 'environment', fallback: undefined } as const
    const shown = async (value: string) => {
      const { settings } = await open({ options: { publicBaseUrl: { ...given, value } } })
      const keys = ['BODHI_PUBLIC_SCHEME', 'BODHI_PUBLIC_HOST', 'BODHI_PUBLIC_PORT']
      return keys.map((key) => settings.effective(key)?.value)
    }
    expect(await shown('https://ai.test/pharos')).toEqual(['https', 'ai.test', 443])
    expect(await shown('http://ai.test')).toEqual(['http', 'ai.test', 80])
    expect(await shown('http://ai.test:8080')).toEqual(['http', 'ai.test', 8080])
    const { settings } = await open({
      options: {
        host: { ...given, value: ['::1', '10.0.0.1'] },
        engineGpu: { ...given, value: 'auto', fallback: 'off' },
      },
    })
    expect(settings.effective('BODHI_HOST')?.value).toBe('::1,10.0.0.1')
    expect(settings.effective('BODHI_EXEC_VARIANT')).toMatchObject({
      value: 'auto',
      fallback: 'cpu',
    })
  })

  it('show an option that was switched off where it was given', async () => {
    const { settings } = await open({
      options: { oidcIssuer: { source: 'environment', value: undefined, fallback: undefined } },
    })
    expect(settings.effective('BODHI_AUTH_URL')).toMatchObject({
      value: null,
      source: 'environment',
    })
  })

  it('leave out what does not fit with a warning that does not tell it', async () => {
    await keep('BODHI_EXEC_VARIANT', 'quantum')
    await keep('MODEL_DEFAULT_TOP_P', 0.5)
    const { settings, warnings } = await open({
      named: [
        { key: 'MODEL_DEFAULT_TOP_P', source: 'environment', given: 'high' },
        { key: 'FEATURE_X', source: 'file', given: 'sk-secret' },
        { key: 'PREF_X', source: 'environment', given: 'x' },
        { key: 'auth', source: 'environment', given: 'required' },
      ],
    })
    expect(warnings).toEqual([
      'MODEL_DEFAULT_TOP_P in the environment must be a number: it is left out',
      'FEATURE_X in the file must be true or false: it is left out',
      'The stored setting BODHI_EXEC_VARIANT must be one of cpu, auto: it is left out',
    ])
    expect(settings.value('BODHI_EXEC_VARIANT')).toBe('cpu')
    expect(settings.effective('MODEL_DEFAULT_TOP_P')).toMatchObject({
      value: 0.5,
      source: 'database',
    })
    expect(settings.value('auth')).toBe('open')
  })

  it('hold no row of the database that is no setting, or that the database may not decide', async () => {
    await keep('master_key_fingerprint', 'secret')
    await keep('BODHI_HOME', '/elsewhere')
    await keep('PREF_THEME', 'dark')
    await keep('PREF_THEME', 'dark', 'ada')
    const { settings } = await open()
    expect(settings.effective('BODHI_HOME')).toMatchObject({ value: '/data', source: 'default' })
    const keys = settings.list().map(({ spec }) => spec.key)
    expect(keys).not.toContain('master_key_fingerprint')
    expect(keys).not.toContain('PREF_THEME')
    expect(settings.effective('PREF_THEME')).toBeUndefined()
    expect(settings.effective('master_key_fingerprint')).toBeUndefined()
  })

  it('give the defaults of requests that somebody set', async () => {
    await keep('MODEL_DEFAULT_TEMPERATURE', 0)
    const named = [
      { key: 'MODEL_DEFAULT_STOP', source: 'environment', given: '["a","b"]' },
    ] as const
    const { settings } = await open({ named })
    expect(settings.modelDefaults()).toEqual({ temperature: 0, stop: ['a', 'b'] })
  })

  it('tell what follows a setting of each change, and of no other', async () => {
    const { settings, faults } = await open()
    const ctx = { ...contextOf(store, clock), settings }
    const told: unknown[] = []
    const watching = settings.watch('BODHI_KEEP_ALIVE_SECS', (value) => told.push(value))
    using _broken = settings.watch('BODHI_EXEC_VARIANT', (value) => {
      if (value === 'auto') throw new Error('broken')
    })
    await saveSetting(ctx, 'BODHI_KEEP_ALIVE_SECS', '600')
    await saveSetting(ctx, 'FEATURE_X', true)
    await saveSetting(ctx, 'BODHI_KEEP_ALIVE_SECS', 600)
    await saveSetting(ctx, 'BODHI_EXEC_VARIANT', 'auto')
    await saveSetting(ctx, 'BODHI_KEEP_ALIVE_SECS', 900)
    watching[Symbol.dispose]()
    await saveSetting(ctx, 'BODHI_KEEP_ALIVE_SECS', 1200)
    expect(told).toEqual([300, 600, 900])
    expect(faults).toEqual([new Error('broken')])
  })

  it('are read again when something is told that they are of', async () => {
    const { settings, bus } = await open()
    await keep('FEATURE_X', true)
    bus.publish({ topic: 'models', body: {} })
    await keep('FEATURE_Y', true)
    bus.publish({ topic: 'settings', body: {} })
    await vi.waitFor(() =>
      expect(settings.effective('FEATURE_Y')).toMatchObject({ value: true, source: 'database' }),
    )
  })

  it('learn of changes by whichever process wrote them', async () => {
    const heard: ((event: BusEvent) => void)[] = []
    const publish = (event: BusEvent) => {
      for (const hear of heard) hear(event)
    }
    const other = await openForTest(store.location, { publish })
    try {
      await other.db.migrate(schemaSteps)
      const { settings, bus } = await openSettings(other.db)
      opened.push(settings)
      heard.push((event) => bus.publish(event))
      const told: unknown[] = []
      settings.watch('BODHI_KEEP_ALIVE_SECS', (value) => told.push(value))
      // One SQLite file has one process, so there the other itself writes.
      const db = store.dialect === 'postgres' ? store.db : other.db
      const mine = (await openSettings(db)).settings
      opened.push(mine)
      const ctx = { ...contextOf({ db }, clock), settings: mine }
      await saveSetting(ctx, 'auth', 'required')
      expect(mine.value('auth')).toBe('required')
      await saveSetting(ctx, 'BODHI_KEEP_ALIVE_SECS', 601)
      await vi.waitFor(() => expect(told).toEqual([300, 601]), 5_000)
      expect(settings.value('auth')).toBe('required')
      while (opened.length > 0) await opened.pop()?.[Symbol.asyncDispose]()
    } finally {
      await other.db[Symbol.asyncDispose]()
    }
  })
})
