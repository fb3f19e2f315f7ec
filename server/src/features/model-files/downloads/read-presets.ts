import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { DomainError } from '../../../platform/domain-error.ts'
import { modelPresets, type ModelPreset } from '../presets.ts'

/** A preset, and the branch, tag or commit that it means. */
export interface PullablePreset extends ModelPreset {
  readonly revision?: string
}

/** One entry of the operator's file; members that it does not know are left alone. */
const StoredPreset = z.object({
  alias: z.string().min(1),
  repo: z.string(),
  filename: z.string(),
  snapshot: z.string().nullish(),
  request_params: z.record(z.string(), z.unknown()).nullish(),
  context_params: z.union([z.record(z.string(), z.unknown()), z.array(z.string())]).nullish(),
})

const mostBytes = 1024 * 1024

/**
 * The presets by name: those that are built in, and over them those of the operator's file.
 * Source: bodhi contract §4.8. Throws DomainError `precondition` for a file that is no such list.
 */
export async function readPresets(
  path: string | null,
): Promise<ReadonlyMap<string, PullablePreset>> {
  const own = path === null ? [] : await readOwn(path)
  return new Map([...modelPresets, ...own].map((preset) => [preset.name, preset]))
}

async function readOwn(path: string): Promise<readonly PullablePreset[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw unusable(path, 'it cannot be read', error)
  })
  if (text === '') return []
  if (text.length > mostBytes) throw unusable(path, 'it is too large')
  const entries = z
    .array(StoredPreset)
    .nullable()
    .safeParse(await parsed(path, text))
  if (!entries.success) throw unusable(path, z.prettifyError(entries.error).split('\n').join(' '))
  return (entries.data ?? []).map(fromStored)
}

async function parsed(path: string, text: string): Promise<unknown> {
  // Few have such a file, and what reads it takes a while to load.
  const { parse } = await import('yaml')
  try {
    const value: unknown = parse(text, { maxAliasCount: 0 })
    return value
  } catch (error) {
    throw unusable(path, 'it is no YAML', error)
  }
}

function fromStored(stored: z.infer<typeof StoredPreset>): PullablePreset {
  const { alias, repo, filename, snapshot, request_params, context_params } = stored
  return {
    name: alias,
    repo,
    filename,
    ...(snapshot && { revision: snapshot }),
    ...(request_params && { requestParams: request_params }),
    ...(context_params && { contextParams: context_params }),
  }
}

function unusable(path: string, why: string, cause?: unknown): DomainError {
  const details = { code: 'serde_yaml_with_path_error', path, source: why }
  return new DomainError('precondition', `The list of presets ${path} cannot be used: ${why}`, {
    details,
    cause,
  })
}
