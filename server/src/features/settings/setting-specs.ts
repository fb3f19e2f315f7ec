import type { SettingCategory, SettingOrigin, SettingSpec } from './setting-spec.ts'
import type { ValueKind } from './value-kind.ts'

const text: ValueKind = { type: 'text', longest: 10_000 }
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

const port: ValueKind = { type: 'number', min: 1, max: 65_535 }

/** The bounds are what the API takes; the operator may go beyond them. Source: bodhi §5.2. */
const keepAlive: ValueKind = { type: 'number', min: 300, max: 86_400 }

/**
 * Bodhi's keys with what they mean here, in the order in which they are listed; then our own, named
 * as in `settings.yaml`. What means nothing here is left out: the realm (an issuer's address holds
 * it), the folder of logs (they go to the standard error) and the path to a binary (there is none).
 * Source: bodhi contract §5.2.
 */
const serverSpecs: readonly SettingSpec[] = [
  fixed('BODHI_ENV_TYPE', text, { from: 'constant', source: 'system', value: 'production' }),
  fixed('BODHI_APP_TYPE', text, { from: 'build', fact: 'appType' }),
  fixed('BODHI_VERSION', text, { from: 'build', fact: 'version' }),
  fixed('BODHI_AUTH_URL', text, option('oidcIssuer'), 'access'),
  fixed('BODHI_HOME', text, option('dataDir')),
  fixed('BODHI_LOG_LEVEL', { type: 'choice', choices: levels }, option('logLevel')),
  fixed('BODHI_LOG_STDOUT', { type: 'boolean' }, constant(false)),
  fixed('HF_HOME', text, option('hfHome'), 'local_models'),
  fixed('BODHI_SCHEME', text, constant('http')),
  fixed('BODHI_HOST', text, { ...option('host'), toShown: joined }),
  fixed('BODHI_PORT', port, option('port')),
  fixed(
    'BODHI_PUBLIC_SCHEME',
    text,
    publicPart(({ protocol }) => protocol.slice(0, -1)),
  ),
  fixed(
    'BODHI_PUBLIC_HOST',
    text,
    publicPart(({ hostname }) => hostname),
  ),
  fixed('BODHI_PUBLIC_PORT', port, publicPart(portOf)),
  fixed('BODHI_CANONICAL_REDIRECT', { type: 'boolean' }, option('canonicalRedirect')),
  {
    key: 'BODHI_EXEC_VARIANT',
    category: 'local_models',
    kind: { type: 'choice', choices: ['cpu', 'auto'] },
    isEditable: true,
    isStored: true,
    origin: { ...option('engineGpu'), toShown: (value) => (value === 'off' ? 'cpu' : value) },
  },
  {
    key: 'BODHI_KEEP_ALIVE_SECS',
    category: 'local_models',
    kind: keepAlive,
    isEditable: true,
    isStored: true,
    origin: option('keepAliveSeconds'),
  },
  {
    key: 'auth',
    category: 'access',
    kind: { type: 'choice', choices: ['open', 'required'] },
    isEditable: false,
    isStored: true,
    origin: option('auth'),
  },
  {
    key: 'executions-per-provider',
    category: 'server',
    kind: { type: 'number', min: 1, max: 64, isWhole: true },
    isEditable: true,
    isStored: true,
    origin: option('executionsPerProvider'),
  },
]

function fixed(
  key: string,
  kind: ValueKind,
  origin: SettingOrigin,
  category?: SettingCategory,
): SettingSpec {
  const isBuild =
    origin.from === 'build' || (origin.from === 'constant' && origin.source === 'system')
  const usual = isBuild ? 'system' : 'server'
  return { key, category: category ?? usual, kind, isEditable: false, isStored: false, origin }
}

function option(name: string) {
  return { from: 'option', option: name } as const
}

function constant(value: unknown): SettingOrigin {
  return { from: 'constant', source: 'default', value }
}

/** A part of the address under which people find the server. */
function publicPart(partOf: (url: URL) => unknown): SettingOrigin {
  return { ...option('publicBaseUrl'), toShown: (url) => partOf(new URL(String(url))) }
}

function portOf({ port: given, protocol }: URL): number {
  const usual = protocol === 'https:' ? 443 : 80
  return given === '' ? usual : Number(given)
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}

const modelDefaultPrefix = 'MODEL_DEFAULT_'

/** What an alias may add to a request, for all models. Source: bodhi contract §4.5, §5.3. */
const modelDefaultKinds = {
  frequency_penalty: { type: 'number', min: -2, max: 2 },
  max_tokens: { type: 'number', min: 0, max: 2 ** 32 - 1, isWhole: true },
  presence_penalty: { type: 'number', min: -2, max: 2 },
  seed: {
    type: 'number',
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
    isWhole: true,
  },
  stop: { type: 'texts', most: 4, longest: 1000 },
  temperature: { type: 'number', min: 0, max: 2 },
  top_p: { type: 'number', min: 0, max: 1 },
  user: { type: 'text', longest: 100_000 },
  system_prompt: { type: 'text', longest: 100_000 },
} as const satisfies Readonly<Record<string, ValueKind>>
export type ModelDefault = keyof typeof modelDefaultKinds

interface KindValues {
  readonly text: string
  readonly texts: readonly string[]
  readonly number: number
}

/** What requests get that neither they nor an alias say, by the members of OpenAI's chats. */
export type ModelDefaults = {
  readonly [M in ModelDefault]?: KindValues[(typeof modelDefaultKinds)[M]['type']]
}

const modelDefaultSpecs: readonly SettingSpec[] = Object.entries(modelDefaultKinds).map(
  ([member, kind]) => editable(keyOfModelDefault(member), kind, null, 'model_defaults'),
)

/** The key of a member of OAIRequestParams. */
export function keyOfModelDefault(member: string): string {
  return `${modelDefaultPrefix}${member.toUpperCase()}`
}

/** The casting says that the members of our own literal are its keys. */
export const modelDefaults = Object.keys(modelDefaultKinds) as readonly ModelDefault[]

function editable(
  key: string,
  kind: ValueKind,
  fallback: unknown,
  category: SettingCategory,
): SettingSpec {
  const origin = { from: 'key', fallback } as const
  return { key, category, kind, isEditable: true, isStored: true, origin }
}

/** Every setting that has a name of its own, in the order in which they are listed. */
export const namedSpecs: readonly SettingSpec[] = [...serverSpecs, ...modelDefaultSpecs]

const byKey: ReadonlyMap<string, SettingSpec> = new Map(namedSpecs.map((spec) => [spec.key, spec]))

const flagKey = /^FEATURE_[A-Z\d][A-Z\d_]{0,90}$/u
const preferenceKey = /^PREF_[A-Z\d][A-Z\d_]{0,90}$/u

/** Whether each user has a value of their own. */
export function isPreference(key: string): boolean {
  return preferenceKey.test(key)
}

/**
 * What is known of a key: a named setting, or a flag or preference of any name. Undefined for what is
 * no setting. Source: bodhi contract §5.2, §5.3.
 */
export function specOf(key: string): SettingSpec | undefined {
  const named = byKey.get(key)
  if (named) return named
  if (flagKey.test(key)) return editable(key, { type: 'boolean' }, false, 'feature_flags')
  if (isPreference(key)) return editable(key, text, null, 'user_preferences')
  return undefined
}

/** Whether the environment or the file may give a setting under this key. */
export function isGivenByKey(key: string): boolean {
  return !isPreference(key) && specOf(key)?.origin.from === 'key'
}
