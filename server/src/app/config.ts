import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from './config/commands.ts'
import { ConfigError } from './config/config-error.ts'
import type { Layer } from './config/layer.ts'
import { refuseHalfAnIssuer } from './config/oidc-options.ts'
import type { Place } from './config/parse-value.ts'
import { readArguments } from './config/read-arguments.ts'
import { mergeEnvironment, readEnvironment, type Environment } from './config/read-environment.ts'
import { refuseOpenToOthers, resolveConfig, type Resolved } from './config/resolve-config.ts'

export { ConfigError } from './config/config-error.ts'
export { toListenAddresses } from './config/resolve-config.ts'
export type { Command } from './config/commands.ts'
export type { Config } from './config/options.ts'
export type { OperatorChoices, Resolved } from './config/resolve-config.ts'

/** What the process was started with. */
export interface Launch extends Place {
  readonly argv: readonly string[]
  readonly environment: Environment
}

/** A command to run and the settings to run it with. */
export interface Loaded extends Resolved {
  readonly command: Command
}

const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** The text of a file, or nothing when there is none (or no folder for it yet). */
async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ConfigError(`Cannot read ${path} (${code})`)
  }
}

async function readFileLayer(stronger: readonly Layer[], place: Place): Promise<Layer> {
  const { config } = resolveConfig(stronger, place)
  const path = join(config.dataDir, 'settings.yaml')
  const text = (await readOptional(path)) ?? ''
  if (text.trim() === '') return { layer: 'file', given: new Map() }
  // To load what reads YAML takes longer than many a command, and few have such a file.
  const { readSettingsFile } = await import('./config/read-settings-file.ts')
  return readSettingsFile(text, path)
}

/**
 * Reads the command line, the environment, `.env` of the working folder and `settings.yaml` of
 * the data folder, and gives the command with its settings. Nothing is created.
 * @throws ConfigError with one line that names what is wrong; the process should end with its
 * `exitCode`.
 */
export async function loadConfig(launch: Launch): Promise<Loaded> {
  const { command, layer } = readArguments(launch.argv)
  if (command.name === 'help' || command.name === 'version') {
    return { command, ...resolveConfig([], launch) }
  }
  const dotenv = parseEnv((await readOptional(join(launch.workingDir, '.env'))) ?? '')
  const stronger = [layer, readEnvironment(mergeEnvironment(dotenv, launch.environment))]
  const resolved = resolveConfig([...stronger, await readFileLayer(stronger, launch)], launch)
  if (command.name === 'start') {
    refuseOpenToOthers(resolved.config)
    refuseHalfAnIssuer(resolved.config)
  }
  return { command, ...resolved }
}
