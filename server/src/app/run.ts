import { homedir } from 'node:os'
import { DomainError } from '../platform/domain-error.ts'
import { createLog } from '../platform/log/create-log.ts'
import type { App } from './app.ts'
import { ConfigError, loadConfig, type Config, type Loaded } from './config.ts'
import { greeting } from './greeting.ts'
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

/** Each command loads its own code: loading takes longer than most of them. */
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
      return (await import('./keys-command.ts')).createKey(config, command, print)
    case 'keys list':
      return (await import('./keys-command.ts')).listKeys(config, print)
    case 'keys limit':
      return (await import('./keys-command.ts')).limitKey(config, command, print)
    case 'keys revoke':
      return (await import('./keys-command.ts')).revokeKey(config, command.key, print)
    case 'users create':
      return (await import('./users-command.ts')).createUser(config, command, print)
    case 'users list':
      return (await import('./users-command.ts')).listAllUsers(config, print)
    case 'users reset':
      return (await import('./users-command.ts')).reset(config, command.email, print)
    case 'users activate':
      return (await import('./users-command.ts')).activate(config, command.email, print)
    case 'users deactivate':
      return (await import('./users-command.ts')).deactivate(config, command.email, print)
    case 'reprice':
      return (await import('./spans-command.ts')).reprice(config, command, { print, printProgress })
    case 'remap':
      return (await import('./spans-command.ts')).remap(config, command, { print, printProgress })
    case 'clear':
      return (await import('./clear-command.ts')).clear(config, command, { print, printProgress })
    case 'schema':
      return (await import('./schema-command.ts')).printSchema(config, print)
    case 'backup':
      return (await import('./backup-command.ts')).backUp(config, command.file, {
        print,
        printProgress,
      })
    case 'restore':
      return (await import('./backup-command.ts')).restore(config, command, {
        print,
        printProgress,
      })
    case 'models list':
      return (await import('./models-command.ts')).listModels(config, command, print)
    case 'models pull':
      return (await import('./pull-command.ts')).pullModel(config, command, {
        print,
        printProgress,
        columns: columnsOf(process.stderr),
      })
    case 'models remove':
      return (await import('./models-command.ts')).removeModel(config, command, print)
  }
}

async function serve(
  config: Config,
  { operator, warnings }: Pick<Loaded, 'operator' | 'warnings'>,
): Promise<void> {
  const log = createLog({ level: config.logLevel })
  for (const warning of warnings) log.warn(warning)
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
  const { openStore } = await import('./store.ts')
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
