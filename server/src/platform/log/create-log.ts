import { destination, pino, type DestinationStream, type Logger } from 'pino'

export type Log = Logger

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

const secretNames = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  '["x-goog-api-key"]',
  '["x-setup-token"]',
  'api_key',
  'apiKey',
  'password',
  'secret',
  'token',
]

/** How deep in a logged object a secret's name is looked for. */
const depth = 4

function secretPaths(): string[] {
  return Array.from({ length: depth }, (_, level) => '*.'.repeat(level)).flatMap((prefix) =>
    secretNames.map((name) => {
      const path = prefix + name
      return name.startsWith('[') ? path.replace('.[', '[') : path
    }),
  )
}

/**
 * What of an error is worth a line. Everything else that hangs on it (a database client, a
 * request with its headers) stays out.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? { code: error.code } : {}
  return {
    name,
    message,
    ...code,
    stack,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  }
}

export interface LogOptions {
  readonly level: LogLevel
  /** Where lines go; standard error by default, so that standard output is for people. */
  readonly destination?: DestinationStream
}

/** A log of JSON lines in which values under the names of secrets read `(secret)`. */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: null,
      serializers: { err: describeError },
      redact: { paths: secretPaths(), censor: '(secret)' },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? destination({ dest: 2, sync: true }),
  )
}
