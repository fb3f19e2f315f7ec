import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { openSettings } from '../../../test/support/live-settings.ts'
import { anonymousCaller, localCaller, type Caller } from '../identity/index.ts'
import { editSetting, resetSetting } from './edit-setting.ts'
import { listSettings } from './list-settings.ts'
import type { LiveSettings } from './live-settings.ts'
import { listPreferences } from './preferences.ts'
import { findEffective, saveSetting } from './save-setting.ts'

const admin: Caller = { ...localCaller(), from: { ip: '192.0.2.7', requestId: 'r1' } }

describeEachDatabase('An edit of a setting', (store) => {
  let settings: LiveSettings
  const clock = standingClock()
  const as = (caller: Caller = admin) => ({ ...contextOf(store, clock, caller), settings })
  const person = (userId: string): Caller => ({
    kind: 'session',
    sessionId: `of ${userId}`,
    userId,
    role: 'viewer',
    scopes: new Set(['models:read']),
  })
  const audit = async () => {
    const rows = await store.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select(['action', 'target_id', 'changes', 'ip'])
        .where('target_kind', '=', 'setting')
        .execute(),
    )
    return rows.map((row) => [row.action, row.target_id, JSON.parse(row.changes), row.ip])
  }
  beforeEach(async () => {
    ;({ settings } = await openSettings(store.db, {
      options: { engineGpu: { source: 'file', value: 'off', fallback: 'off' } },
    }))
  })
  afterEach(async () => {
    await settings[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('settings').execute()
      await tx.db.deleteFrom('audit_log').execute()
    })
  })

  it('counts at once, and its taking back too', async () => {
    const key = 'BODHI_KEEP_ALIVE_SECS'
    expect(await editSetting(as(), key, '600')).toMatchObject({ value: 600, source: 'database' })
    expect(settings.value(key)).toBe(600)
    expect(await resetSetting(as(), key)).toMatchObject({ value: 300, source: 'default' })
    expect(await resetSetting(as(), key)).toMatchObject({ value: 300, source: 'default' })
    expect(settings.value(key)).toBe(300)
  })

  it('is kept where a stronger source decides, and does not count', async () => {
    const key = 'BODHI_EXEC_VARIANT'
    expect(await editSetting(as(), key, 'auto')).toMatchObject({ value: 'cpu', source: 'file' })
    const later = await openSettings(store.db)
    expect(later.settings.effective(key)).toMatchObject({ value: 'auto', source: 'database' })
    await later.settings[Symbol.asyncDispose]()
    expect(await resetSetting(as(), key)).toMatchObject({ value: 'cpu', source: 'file' })
  })

  it('leaves a line of what it changed, and from where', async () => {
    await editSetting(as(), 'BODHI_KEEP_ALIVE_SECS', 600)
    await editSetting(as(), 'BODHI_KEEP_ALIVE_SECS', 700)
    await resetSetting(as(), 'BODHI_KEEP_ALIVE_SECS')
    await resetSetting(as(), 'BODHI_KEEP_ALIVE_SECS')
    await editSetting(as(), 'MODEL_DEFAULT_SYSTEM_PROMPT', 'x'.repeat(2000))
    expect(await audit()).toEqual([
      ['setting.update', 'BODHI_KEEP_ALIVE_SECS', { from: null, to: 600 }, '192.0.2.7'],
      ['setting.update', 'BODHI_KEEP_ALIVE_SECS', { from: 600, to: 700 }, '192.0.2.7'],
      ['setting.delete', 'BODHI_KEEP_ALIVE_SECS', { from: 700 }, '192.0.2.7'],
      [
        'setting.update',
        'MODEL_DEFAULT_SYSTEM_PROMPT',
        { from: null, to: '(2002 characters)' },
        '192.0.2.7',
      ],
    ])
  })

  it.each([
    ['BODHI_HOME', null, 'invalid', 'settings_error-bodhi_home'],
    ['BODHI_NOTHING', null, 'not-found', 'settings_error-not_found'],
    ['MODEL_DEFAULT_NOTHING', 1, 'not-found', 'settings_error-not_found'],
    ['FEATURE_', true, 'not-found', 'settings_error-not_found'],
    ['feature_x', true, 'not-found', 'settings_error-not_found'],
    ['PREF_', 'x', 'not-found', 'settings_error-not_found'],
    ['master_key_fingerprint', 'x', 'not-found', 'settings_error-not_found'],
    ['__proto__', 'x', 'not-found', 'settings_error-not_found'],
    ['BODHI_PORT', null, 'invalid', 'settings_error-unsupported'],
    ['BODHI_PORT', 8080, 'invalid', 'settings_error-unsupported'],
    ['auth', 'open', 'invalid', 'settings_error-unsupported'],
    ['BODHI_KEEP_ALIVE_SECS', null, 'invalid', 'settings_metadata_error-null_value'],
    ['BODHI_KEEP_ALIVE_SECS', 10, 'invalid', 'settings_metadata_error-invalid_value'],
    ['BODHI_KEEP_ALIVE_SECS', true, 'invalid', 'settings_metadata_error-invalid_value_type'],
    ['BODHI_EXEC_VARIANT', 'cuda', 'invalid', 'settings_metadata_error-invalid_value'],
    ['FEATURE_X', 'yes', 'invalid', 'settings_metadata_error-invalid_value_type'],
    ['MODEL_DEFAULT_TEMPERATURE', 2.1, 'invalid', 'settings_metadata_error-invalid_value'],
    ['MODEL_DEFAULT_MAX_TOKENS', 1.5, 'invalid', 'settings_metadata_error-invalid_value'],
    ['MODEL_DEFAULT_STOP', ['', ''], 'invalid', 'settings_metadata_error-invalid_value'],
    ['PREF_X', null, 'invalid', 'settings_metadata_error-null_value'],
  ])('of %s to %j is refused as %s', async (key, value, code, named) => {
    await expect(editSetting(as(), key, value)).rejects.toMatchObject({
      code,
      details: { code: named, key },
    })
    expect(await audit()).toEqual([])
  })

  it('is for those who may, whatever the key', async () => {
    for (const key of [
      'BODHI_HOME',
      'BODHI_NOTHING',
      'BODHI_KEEP_ALIVE_SECS',
      'auth',
      'FEATURE_X',
    ]) {
      const refused = { code: 'forbidden' }
      await expect(editSetting(as(person('eve')), key, 600)).rejects.toMatchObject(refused)
      await expect(resetSetting(as(person('eve')), key)).rejects.toMatchObject(refused)
      await expect(saveSetting(as(person('eve')), key, 600)).rejects.toMatchObject(refused)
    }
    await expect(listSettings(as(person('eve')))).rejects.toMatchObject({ code: 'forbidden' })
    expect(await audit()).toEqual([])
  })

  it('reaches what the API may not change by the verb that setting up uses', async () => {
    expect(findEffective(as(), 'auth')).toMatchObject({ value: 'open', source: 'default' })
    expect(await saveSetting(as(), 'auth', 'required')).toMatchObject({
      value: 'required',
      source: 'database',
    })
    await expect(saveSetting(as(), 'BODHI_HOME', '/x')).rejects.toMatchObject({ code: 'not-found' })
    await expect(saveSetting(as(), 'auth', 'maybe')).rejects.toMatchObject({ code: 'invalid' })
  })

  it('is one of at most 200 flags', async () => {
    await store.db.write(async (tx) => {
      const flags = Array.from({ length: 199 }, (_, index) => ({
        key: `FEATURE_${index}`,
        user_id: '',
        value: 'true',
        updated_by: null,
        updated_at: 1,
      }))
      await tx.insertMany('settings', flags)
    })
    await editSetting(as(), 'FEATURE_LAST', true)
    await editSetting(as(), 'FEATURE_LAST', false)
    await expect(editSetting(as(), 'FEATURE_MORE', true)).rejects.toMatchObject({
      code: 'conflict',
    })
    await editSetting(as(), 'PREF_X', 'x')
    const flags = (await listSettings(as())).filter(({ spec }) => spec.category === 'feature_flags')
    expect(flags).toHaveLength(200)
  })

  it('of a preference is for everybody, each their own', async () => {
    const [ada, bob] = [person('ada'), person('bob')]
    await editSetting(as(ada), 'PREF_THEME', 'dark')
    await editSetting(as(ada), 'PREF_SIDEBAR', { isOpen: true })
    expect(await editSetting(as(bob), 'PREF_THEME', 'light')).toMatchObject({
      value: 'light',
      source: 'database',
      fallback: null,
    })
    const shown = async (caller: Caller) =>
      (await listPreferences(as(caller))).map(({ spec, value }) => [spec.key, value])
    expect(await shown(ada)).toEqual([
      ['PREF_SIDEBAR', '{"isOpen":true}'],
      ['PREF_THEME', 'dark'],
    ])
    expect(await shown(bob)).toEqual([['PREF_THEME', 'light']])
    expect(await shown(admin)).toEqual([])
    expect(await resetSetting(as(bob), 'PREF_THEME')).toMatchObject({
      value: null,
      source: 'default',
    })
    expect(await shown(bob)).toEqual([])
    expect(await shown(ada)).toHaveLength(2)
    const lines = (await audit()).map(([action, key, changes]) => [action, key, changes])
    expect(lines).toContainEqual(['setting.update', 'PREF_THEME', {}])
    expect(lines).toContainEqual(['setting.delete', 'PREF_THEME', {}])
    expect(lines).toHaveLength(4)
  })

  it('of a preference is for persons', async () => {
    const key = callerWith('settings:manage')
    await expect(editSetting(as(key), 'PREF_X', 'x')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(listPreferences(as(anonymousCaller()))).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    await expect(listSettings(as(key))).resolves.not.toEqual([])
  })

  it('is listed in the order of the contract, preferences last', async () => {
    await editSetting(as(), 'FEATURE_B', true)
    await editSetting(as(), 'FEATURE_A', true)
    await editSetting(as(), 'PREF_X', 'x')
    const keys = (await listSettings(as())).map(({ spec }) => spec.key)
    expect(keys.slice(0, 5)).toEqual([
      'BODHI_ENV_TYPE',
      'BODHI_APP_TYPE',
      'BODHI_VERSION',
      'BODHI_AUTH_URL',
      'BODHI_HOME',
    ])
    expect(keys.slice(-3)).toEqual(['FEATURE_A', 'FEATURE_B', 'PREF_X'])
  })
})
