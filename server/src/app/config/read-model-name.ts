import { isFilename, isRepo, isRevision } from '../../platform/hub-names.ts'
import type { Command } from './commands.ts'
import { ConfigError } from './config-error.ts'
import { textOf, type Flag } from './flag.ts'
import type { NamedModel } from './named-model.ts'

type Pull = Extract<Command, { name: 'models pull' }>
type Removal = Extract<Command, { name: 'models remove' }>

/** @throws ConfigError for a name that can be no model file. */
export function readPull(flags: readonly Flag[], model: string, file: string | undefined): Pull {
  const revision = readRevision(flags, '--revision')
  return { name: 'models pull', model: readModelName(model, file), revision }
}

/** @throws ConfigError for a name that can be no model file. */
export function readRemoval(
  flags: readonly Flag[],
  model: string,
  file: string | undefined,
): Removal {
  const snapshot = readRevision(flags, '--snapshot')
  return { name: 'models remove', model: readModelName(model, file), snapshot }
}

function readModelName(model: string, file: string | undefined): NamedModel {
  const [user, name, ...inside] = model.split('/')
  if (name === undefined && file === undefined) return { kind: 'short', name: model }
  const [repoName, quant] = split(name ?? '')
  const repo = `${user}/${repoName}`
  const filename = file ?? (inside.length > 0 ? inside.join('/') : undefined)
  const isTwice = file !== undefined && (inside.length > 0 || quant !== undefined)
  if (!isRepo(repo) || isTwice) {
    throw new ConfigError(`"${model}" is no repository: it must look like user/name`)
  }
  if (filename !== undefined && quant === undefined)
    return { kind: 'file', repo, filename: checked(filename) }
  if (filename !== undefined || quant === '') {
    throw new ConfigError(`"${model}" names no file: it must look like user/name:Q4_K_M`)
  }
  return quant === undefined ? { kind: 'repo', repo } : { kind: 'quant', repo, quant }
}

/** Splits at the first colon. */
function split(text: string): readonly [string, string?] {
  const at = text.indexOf(':')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function checked(filename: string): string {
  if (filename.includes('/')) {
    throw new ConfigError(
      `"${filename}" lies in a folder of its repository: only files at the top can be used`,
    )
  }
  if (isFilename(filename) && filename.endsWith('.gguf')) return filename
  throw new ConfigError(`"${filename}" is no model file: its name must end with .gguf`)
}

function readRevision(flags: readonly Flag[], name: string): string | undefined {
  const text = textOf(flags, name)?.trim()
  if (text === undefined || isRevision(text)) return text
  throw new ConfigError(`${name} must be a branch, tag or commit, not "${text}"`)
}
