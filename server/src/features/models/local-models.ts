import { readContextParams, type LoadOptions, type LoadPlan } from '../engine/index.ts'
import {
  modelFileNotFound,
  qualifierOf,
  type ModelFile,
  type ModelLibrary,
} from '../model-files/index.ts'
import type { FileAlias } from './model-alias.ts'

/** What is loaded, and by which name the engine calls it. */
export interface LocalModel {
  /** `user/repo:quant`. */
  readonly model: string
  readonly load: LoadPlan
}

const place = 'local/'

/** A file to be loaded in a given way. */
export function localModel(file: ModelFile, options: LoadOptions = {}): LocalModel {
  const { repo, filename, path, sizeBytes } = file
  const model = `${repo}:${qualifierOf(filename)}`
  return { model, load: { name: model, path, sizeBytes, options } }
}

/** A discovered model's name with `local/` before it. */
export function placedName(name: string): string {
  return `${place}${name}`
}

/**
 * The discovered model of exactly that name, with `local/` before it or without. Other names do not
 * reach the library: whoever asks a provider waits for no disk.
 */
export async function findDiscovered(
  library: ModelLibrary,
  name: string,
): Promise<ModelFile | undefined> {
  const own = name.startsWith(place) ? name.slice(place.length) : name
  const names = [...new Set([name, own])].filter(isDiscoveredForm)
  return names.length === 0 ? undefined : library.findDiscovered(names)
}

/** `user/repo:quant`. */
function isDiscoveredForm(name: string): boolean {
  return /^[^/:]+\/[^/:]+:./u.test(name)
}

/** @throws DomainError `not-found` for a file that is no longer there. */
export async function openFileAlias(library: ModelLibrary, alias: FileAlias): Promise<LocalModel> {
  const { repo, filename, snapshot, contextParams } = alias
  const file = await findAliasFile(library, alias)
  if (!file) throw modelFileNotFound({ repo, filename, snapshot })
  return localModel(file, readContextParams(contextParams))
}

/** The file that an alias names, by what is known of the disk; only a missing one is looked for. */
export async function findAliasFile(
  library: ModelLibrary,
  alias: FileAlias,
): Promise<ModelFile | undefined> {
  const { repo, filename, snapshot } = alias
  const known = (await library.files()).find((file) => isOf(file, alias))
  return known ?? library.find({ repo, filename, snapshot })
}

function isOf(file: ModelFile, { repo, filename, snapshot }: FilePlace): boolean {
  const isSame = file.snapshot === snapshot && file.filename === filename && file.repo === repo
  return isSame && file.sizeBytes !== null
}

type FilePlace = Pick<FileAlias, 'repo' | 'filename' | 'snapshot'>

/** Finds the files of many aliases among those that are known. */
export function indexFiles(
  files: readonly ModelFile[],
): (place: FilePlace) => ModelFile | undefined {
  const readable = files.filter(({ sizeBytes }) => sizeBytes !== null)
  const byPlace = new Map(readable.map((file) => [keyOf(file), file]))
  return (place) => byPlace.get(keyOf(place))
}

function keyOf({ repo, filename, snapshot }: FilePlace): string {
  return `${repo}/${snapshot}/${filename}`
}
