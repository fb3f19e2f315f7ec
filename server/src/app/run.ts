import { homedir } from 'node:os'
import { DomainError } from '../platform/domain-error.ts'
import { createLog } from '../platform/log/create-log.ts'
import type { App } from './app.ts'
import { backUp, restore } from './backup-command.ts'
import { clear } from './clear-command.ts'
import { ConfigError, loadConfig, type Config, type Loaded } from './config.ts'
import { greeting } from './greeting.ts'
import { createKey, limitKey, listKeys, revokeKey } from './keys-command.ts'
import { listModels, removeModel } from './models-command.ts'
import { pullModel } from './pull-command.ts'
import { printSchema } from './schema-command.ts'
import { remap, reprice } from './spans-command.ts'
import { openStore } from './store.ts'
import { activate, createUser, deactivate, listAllUsers, reset } from './users-command.ts'
import { version } from './version.ts'

/** Runs the command of this process's own arguments and decides how the process ends. */
export async function run(): Promise<void> {
  try {
    const loaded = await loadConfig({
      argv: process.argv.slice(2),
      environment: process.env,
      workingDir: process.cwd(),
      homeDir: homedir(),
    })
    await carryOut(loaded)
  } catch (error) {
    process.exitCode = explain(error)
  }
}

async function carryOut({ command, config, ...decided }: Loaded): Promise<void> {
  switch (command.name) {
    case 'help':
      return print(command.text)
    case 'version':
      return print(`${version}\n`)
    case 'start':
      return serve(config, decided)
    case 'migrate':
      return migrate(config)
    case 'keys create':
      return createKey(config, command, print)
    case 'keys list':
      return listKeys(config, print)
    case 'keys limit':
      return limitKey(config, command, print)
    case 'keys revoke':
      return revokeKey(config, command.key, print)
    case 'users create':
      return createUser(config, command, print)
    case 'users list':
      return listAllUsers(config, print)
    case 'users reset':
      return reset(config, command.email, print)
    case 'users activate':
      return activate(config, command.email, print)
    case 'users deactivate':
      return deactivate(config, command.email, print)
    case 'reprice':
      return reprice(config, command, { print, printProgress })
    case 'remap':
      return remap(config, command, { print, printProgress })
    case 'clear':
      return clear(config, command, { print, printProgress })
    case 'schema':
      return printSchema(config, print)
    case 'backup':
      return backUp(config, command.file, { print, printProgress })
    case 'restore':
      return restore(config, command, { print, printProgress })
    case 'models list':
      return listModels(config, command, print)
    case 'models pull':
      return pullModel(config, command, {
        print,
        printProgress,
        columns: columnsOf(process.stderr),
      })
    case 'models remove':
      return removeModel(config, command, print)
  }
}

async function serve(
  config: Config,
  { operator, warnings }: Pick<Loaded, 'operator' | 'warnings'>,
): Promise<void> {
  const log = createLog({ level: config.logLevel })
  for (const warning of warnings) log.warn(warning)
  // Every other command does without the surfaces, which take most of the time to load.
  const { startApp } = await import('./app.ts')
  const app = await startApp({
    config,
    operator,
    log,
    onDeath(error) {
      log.fatal({ err: error }, 'a database thread died: the server ends')
      process.exit(1)
    },
  })
  const [url = ''] = app.urls
  const { store, settings } = app.context
  const auth = settings.value('auth')
  // Before the greeting: whoever waits for it may send a signal at once.
  stopOnSignal(app)
  print(greeting({ url, databaseName: store.databaseName, config: { ...config, auth } }))
}

/** The first signal stops gracefully, a second one at once. */
function stopOnSignal(app: App): void {
  let isStopping = false
  const stop = (): void => {
    if (isStopping) process.exit(130)
    isStopping = true
    app[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => process.exit(explain(error)),
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

async function migrate(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel })
  await using store = await openStore({ config, log, onDeath: fail })
  const { applied } = store
  print(
    applied.length === 0
      ? 'The database is up to date\n'
      : `Applied ${applied.length}: ${applied.join(', ')}\n`,
  )
}

function fail(error: Error): never {
  process.exit(explain(error))
}

function print(text: string): void {
  process.stdout.write(text)
}

/** Kept off the standard output, on which the result alone stands. */
function printProgress(text: string): void {
  process.stderr.write(text)
}

/** How wide a terminal is; null for what is none. */
function columnsOf({ isTTY, columns }: NodeJS.WriteStream): number | null {
  return isTTY ? columns : null
}

/** Says in one line what is wrong, or shows a bug whole; gives the exit code. */
function explain(error: unknown): number {
  if (error instanceof ConfigError || error instanceof DomainError) {
    process.stderr.write(`pharos: ${error.message}\n`)
    return error instanceof ConfigError ? error.exitCode : 1
  }
  process.stderr.write(
    `pharos: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return 1
}
