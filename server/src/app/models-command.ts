import {
  discoveredNames,
  findCachedCommit,
  listCachedFiles,
  readPresets,
  removeCachedFile,
  type ModelFile,
  type PullablePreset,
} from '../features/model-files/index.ts'
import { systemClock } from '../platform/clock.ts'
import { chooseFile, chooseSnapshot, withoutShortName } from './choose-model-file.ts'
import type { Command, Config } from './config.ts'
import { hubDirOf, presetsPathOf } from './model-places.ts'
import { sizeWords } from './size-words.ts'
import type { Print } from './with-store.ts'

type Listing = Extract<Command, { name: 'models list' }>
type Removal = Extract<Command, { name: 'models remove' }>

/** `models list`: one line a file, the name first by which a model can be asked for. */
export async function listModels(
  config: Config,
  { isRemote }: Listing,
  print: Print,
): Promise<void> {
  const files = await filesOf(config)
  const rows = isRemote
    ? presetRows([...(await presetsOf(config)).values()], files)
    : fileRows(files)
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  for (const [name, facts] of rows) print(`${name.padEnd(width)}  ${facts}\n`)
  if (rows.length > 0) return
  print(`There are no model files in ${hubDirOf(config)} yet: `)
  print('npm start -- models pull user/repository:Q4_K_M\n')
}

type Row = readonly [name: string, facts: string]

function presetRows(
  presets: readonly PullablePreset[],
  files: readonly ModelFile[],
): readonly Row[] {
  return presets.map(({ name, repo, filename }): Row => {
    const isHere = files.some((file) => file.repo === repo && file.filename === filename)
    return [name, `${repo}  ${filename}${isHere ? '  (here)' : ''}`]
  })
}

function fileRows(files: readonly ModelFile[]): readonly Row[] {
  const names = new Map([...discoveredNames(files)].map(([name, file]) => [file.path, name]))
  return files.map(({ path, repo, filename, snapshot, sizeBytes }): Row => {
    const size = sizeBytes === null ? 'unreadable' : sizeWords(sizeBytes)
    const name = names.get(path) ?? `${repo} (no name)`
    return [name, `${size.padStart(10)}  ${filename}  ${snapshot.slice(0, 7)}`]
  })
}

/** `models remove`: a server that has the model loaded keeps it until it unloads it. */
export async function removeModel(config: Config, removal: Removal, print: Print): Promise<void> {
  const model = withoutShortName(removal.model, await presetsOf(config))
  const given = removal.snapshot ?? model.revision
  const inRepo = (await filesOf(config)).filter(({ repo }) => repo === model.repo)
  const { filename } = model.kind === 'file' ? model : chooseFile(model, onePerName(inRepo))
  const hubDir = hubDirOf(config)
  const commit = given === undefined ? null : await findCachedCommit(hubDir, model.repo, given)
  const files = inRepo.filter((file) => file.filename === filename)
  const file = chooseSnapshot(files, { given, commit })
  await removeCachedFile(hubDir, file)
  print(`Removed ${filename} of ${model.repo} at ${file.snapshot.slice(0, 7)}\n`)
}

/** A file that several commits have counts once. */
function onePerName(files: readonly ModelFile[]): readonly ModelFile[] {
  return [...new Map(files.map((file) => [file.filename, file])).values()]
}

async function filesOf(config: Config): Promise<readonly ModelFile[]> {
  return listCachedFiles(hubDirOf(config), systemClock.nowSeconds())
}

function presetsOf(config: Config): Promise<ReadonlyMap<string, PullablePreset>> {
  return readPresets(presetsPathOf(config))
}
