import { localModelOptions } from './local-model-options.ts'
import { oidcOptions } from './oidc-options.ts'
import type { OptionSpec } from './option-spec.ts'
import { playgroundOptions } from './playground-options.ts'
import { providerOptions } from './provider-options.ts'
import { sessionOptions } from './session-options.ts'
import { webhookOptions } from './webhook-options.ts'

export type { OptionKind, OptionSpec } from './option-spec.ts'

/**
 * Every setting, once. Flags, environment names, keys of `settings.yaml`, defaults, `--help`, the
 * README's table and `.env.example` all come from this table. In `env` our own name stands first
 * and beats the aliases after it. `fallback` is the default as a user would write it; an `optional`
 * setting may be absent, and the word `off` makes it so. A secret has no flag, because every
 * process of the machine can read a command line.
 */
export const options = {
  host: {
    group: 'server',
    flag: 'host',
    env: ['PHAROS_HOST', 'APP_HOST', 'BODHI_HOST'],
    file: 'host',
    kind: 'list',
    item: 'host',
    fallback: 'localhost',
    meaning:
      'Address to listen on; `localhost` is 127.0.0.1 and ::1. Any address that is not loopback needs `--auth required` or `--insecure`',
  },
  port: {
    group: 'server',
    flag: 'port',
    env: ['PHAROS_PORT', 'BEACON_BACKEND_PORT', 'BODHI_PORT', 'APP_PORT', 'PORT'],
    file: 'port',
    kind: 'integer',
    min: 0,
    max: 65535,
    fallback: '7474',
    meaning: 'Port to listen on; 0 takes a free one and prints it',
  },
  logLevel: {
    group: 'server',
    flag: 'log-level',
    env: ['PHAROS_LOG_LEVEL', 'BEACON_LOG_LEVEL', 'BODHI_LOG_LEVEL', 'RUST_LOG'],
    file: 'log-level',
    kind: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    synonyms: { warning: 'warn', critical: 'fatal', off: 'silent' },
    fallback: 'info',
    meaning: 'Least important log line that is written',
  },
  demo: {
    group: 'server',
    flag: 'demo',
    env: ['PHAROS_DEMO'],
    file: null,
    kind: 'boolean',
    fallback: 'false',
    meaning: 'Fill the store with a recorded agent session, named as demo data',
  },
  auth: {
    group: 'access',
    flag: 'auth',
    env: ['PHAROS_AUTH'],
    file: 'auth',
    kind: 'choice',
    choices: ['open', 'required'],
    fallback: 'open',
    meaning:
      '`open`: a request from this machine needs no login; `required`: every request needs a key',
  },
  ingestAuth: {
    group: 'access',
    flag: 'ingest-auth',
    env: ['PHAROS_INGEST_AUTH'],
    file: 'ingest-auth',
    kind: 'choice',
    choices: ['loopback', 'required', 'open'],
    fallback: 'loopback',
    meaning:
      'Who may post spans without a key: `loopback` only this machine, `required` nobody, `open` everybody',
  },
  insecure: {
    group: 'access',
    flag: 'insecure',
    env: ['PHAROS_INSECURE'],
    file: 'insecure',
    kind: 'boolean',
    fallback: 'false',
    meaning: 'Allow `--auth open` on an address that other machines reach',
  },
  corsOrigins: {
    group: 'access',
    flag: 'cors-origin',
    env: ['PHAROS_CORS_ORIGIN'],
    file: 'cors-origin',
    kind: 'list',
    item: 'origin',
    fallback: null,
    meaning:
      'Web origins that may act as the local owner, besides this server itself; none given means loopback origins',
  },
  allowedHosts: {
    group: 'access',
    flag: 'allowed-host',
    env: ['PHAROS_ALLOWED_HOST'],
    file: 'allowed-host',
    kind: 'list',
    item: 'host',
    fallback: null,
    meaning: 'Host names that count as this machine, besides loopback ones',
  },
  canonicalRedirect: {
    group: 'access',
    flag: 'canonical-redirect',
    env: ['PHAROS_CANONICAL_REDIRECT', 'BODHI_CANONICAL_REDIRECT'],
    file: 'canonical-redirect',
    kind: 'boolean',
    fallback: 'true',
    meaning:
      'Send browsers that open a page under another name than that of the public address there; programs and names of this machine are left alone',
  },
  trustProxy: {
    group: 'access',
    flag: 'trust-proxy',
    env: ['PHAROS_TRUST_PROXY'],
    file: 'trust-proxy',
    kind: 'list',
    item: 'network',
    fallback: null,
    meaning:
      'Proxies whose `X-Forwarded-*` headers are believed: addresses, subnets (`10.0.0.0/8`) or `loopback`',
  },
  allowPrivateAddresses: {
    group: 'access',
    flag: 'allow-private-addresses',
    env: ['PHAROS_ALLOW_PRIVATE_ADDRESSES'],
    file: 'allow-private-addresses',
    kind: 'list',
    item: 'network',
    fallback: null,
    meaning:
      'Private networks that addresses given over the API may lead to although logins are required: addresses, subnets (`10.0.0.0/8`), `loopback`, `linklocal` or `uniquelocal`',
  },
  setupToken: {
    group: 'access',
    flag: null,
    env: ['PHAROS_SETUP_TOKEN'],
    file: null,
    kind: 'text',
    fallback: null,
    optional: true,
    secret: true,
    meaning: 'Whoever knows it may make the first admin, from other machines too',
  },
  bootstrapSecret: {
    group: 'access',
    flag: null,
    env: ['BOOTSTRAP_SECRET'],
    file: null,
    kind: 'text',
    fallback: null,
    optional: true,
    secret: true,
    meaning: 'A setup token under its Thunder name, for `POST /auth/bootstrap`',
  },
  ...sessionOptions,
  ...webhookOptions,
  ...oidcOptions,
  dataDir: {
    group: 'storage',
    flag: 'data-dir',
    env: ['PHAROS_DATA_DIR', 'BODHI_HOME'],
    file: null,
    kind: 'path',
    fallback: '~/.pharos',
    meaning:
      'Folder for the database, `secret.key` and `settings.yaml`; created readable by its owner only',
  },
  databaseUrl: {
    group: 'storage',
    flag: null,
    env: ['PHAROS_DATABASE_URL', 'DATABASE_URL'],
    file: 'database-url',
    kind: 'postgres-url',
    fallback: null,
    optional: true,
    secret: true,
    meaning: 'PostgreSQL to use instead of SQLite: `postgres://user:password@host/database`',
  },
  encryptionKey: {
    group: 'storage',
    flag: null,
    env: ['PHAROS_ENCRYPTION_KEY', 'ENCRYPTION_KEY'],
    file: null,
    kind: 'master-key',
    fallback: null,
    optional: true,
    secret: true,
    meaning:
      'Key that seals stored secrets: base64 of 32 bytes. Without it `secret.key` in the data folder is used',
  },
  retentionDays: {
    group: 'storage',
    flag: 'retention-days',
    env: ['PHAROS_RETENTION_DAYS'],
    file: 'retention-days',
    kind: 'number',
    moreThan: 0,
    max: 36500,
    fallback: null,
    optional: true,
    meaning: 'Delete traces older than this many days',
  },
  retentionBytes: {
    group: 'storage',
    flag: 'retention-bytes',
    env: ['PHAROS_RETENTION_BYTES'],
    file: 'retention-bytes',
    kind: 'bytes',
    fallback: null,
    optional: true,
    meaning: 'Delete the oldest traces above this size, for example `500MB` or `20GiB`',
  },
  cacheMaxBytes: {
    group: 'storage',
    flag: 'cache-max-bytes',
    env: ['PHAROS_CACHE_MAX_BYTES', 'CACHE_MAX_BYTES'],
    file: 'cache-max-bytes',
    kind: 'bytes',
    fallback: null,
    fallbackWord: '2.8 GB, a quarter of the memory at most',
    optional: true,
    meaning: 'Most that the cache of inference logs holds',
  },
  slowQueryMs: {
    group: 'storage',
    flag: 'slow-query-ms',
    env: ['PHAROS_SLOW_QUERY_MS'],
    file: 'slow-query-ms',
    kind: 'integer',
    min: 0,
    max: 3_600_000,
    fallback: '500',
    meaning: 'Log every database statement that takes at least this many milliseconds',
  },
  beaconDatabase: {
    group: 'import',
    flag: 'beacon-db',
    env: ['PHAROS_BEACON_DB_PATH', 'BEACON_DB_PATH'],
    file: 'beacon-db',
    kind: 'path',
    fallback: '~/.beacon/traces.db',
    optional: true,
    meaning: 'Existing Beacon database, imported once and left untouched',
  },
  beaconConfig: {
    group: 'import',
    flag: 'beacon-config',
    env: ['PHAROS_BEACON_CONFIG_PATH'],
    file: 'beacon-config',
    kind: 'path',
    fallback: '~/.beacon/config.json',
    optional: true,
    meaning: 'Existing Beacon file of provider keys, imported once and left untouched',
  },
  ...providerOptions,
  ...localModelOptions,
  ...playgroundOptions,
} as const satisfies Readonly<Record<string, OptionSpec>>

export type OptionName = keyof typeof options

type Absent<O> = O extends { readonly optional: true } ? undefined : never

type ValueOf<O extends OptionSpec> = O extends { readonly kind: 'list' }
  ? readonly string[]
  : O extends { readonly kind: 'choice'; readonly choices: readonly (infer C)[] }
    ? C
    : O extends { readonly kind: 'boolean' }
      ? boolean
      : O extends { readonly kind: 'integer' | 'number' | 'bytes' }
        ? number | Absent<O>
        : string | Absent<O>

/** Every setting with its effective value. Paths are absolute, sizes in bytes. */
export type Config = { readonly [N in OptionName]: ValueOf<(typeof options)[N]> }

/**
 * The table as rows, for code that treats all settings alike. The cast only says that the keys of
 * our own literal are its keys.
 */
export function optionRows(): readonly (readonly [OptionName, OptionSpec])[] {
  return Object.entries(options) as [OptionName, OptionSpec][]
}
