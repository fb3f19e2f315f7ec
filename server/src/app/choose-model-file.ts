import {
  leadsModel,
  qualifierOf,
  type ModelFile,
  type PullablePreset,
} from '../features/model-files/index.ts'
import { DomainError } from '../platform/domain-error.ts'
import type { NamedModel } from './config/named-model.ts'

/** A file that a name may stand for. */
interface Candidate {
  readonly filename: string
}

/** A model by the names of its repository, and where it is to be taken from. */
type FullName = Exclude<NamedModel, { kind: 'short' }> & { readonly revision?: string }

/** A short name as the file that it stands for, any other as it is. Throws `not-found`. */
export function withoutShortName(
  model: NamedModel,
  presets: ReadonlyMap<string, PullablePreset>,
): FullName {
  if (model.kind !== 'short') return model
  const preset = presets.get(model.name)
  if (preset) {
    const { repo, filename, revision } = preset
    return { kind: 'file', repo, filename, ...(revision !== undefined && { revision }) }
  }
  throw new DomainError(
    'not-found',
    `No model has the short name "${model.name}": "models list --remote" shows those that there are`,
  )
}

/** The one of a repository's files that is meant. Throws DomainError where none is, or several are. */
export function chooseFile<C extends Candidate>(
  model: Extract<NamedModel, { kind: 'quant' | 'repo' }>,
  files: readonly C[],
): C {
  const models = files.filter(({ filename }) => leadsModel(filename) && !isProjector(filename))
  const quant = model.kind === 'quant' ? model.quant : undefined
  const exact = models.filter(
    ({ filename }) => quant === undefined || qualifierOf(filename) === quant,
  )
  const chosen = exact.length > 0 ? exact : models.filter((file) => isAbout(file, quant ?? ''))
  const [only, ...others] = chosen
  if (only && others.length === 0) return only
  throw ambiguous(model.repo, quant, chosen.length > 0 ? chosen : models)
}

function isAbout({ filename }: Candidate, quant: string): boolean {
  return qualifierOf(filename).toLowerCase() === quant.toLowerCase()
}

function ambiguous(
  repo: string,
  quant: string | undefined,
  files: readonly Candidate[],
): DomainError {
  if (files.length === 0) return new DomainError('not-found', `There is no model file in ${repo}`)
  const names = files.map(({ filename }) => filename).join(', ')
  const which =
    quant === undefined ? `${repo} has several files` : `${repo}:${quant} is not one file`
  return new DomainError('invalid', `${which}: give one of ${names}`)
}

/** What turns images or sound into what a model understands is no model. */
function isProjector(filename: string): boolean {
  return /(?:^|[-_.])mmproj[-_.]/iu.test(filename)
}

/** Which of the snapshots that have a file is meant. Throws DomainError where that is not clear. */
export function chooseSnapshot(
  files: readonly ModelFile[],
  { given, commit }: { readonly given: string | undefined; readonly commit: string | null },
): ModelFile {
  const [first, ...others] = files
  if (!first) throw new DomainError('not-found', 'That file is not on this machine')
  const named = files.find(({ snapshot }) => snapshot === (commit ?? given))
  if (named) return named
  if (given !== undefined) {
    throw new DomainError('not-found', `${first.filename} of ${first.repo} is not at ${given}`)
  }
  const current = files.find(({ isCurrent }) => isCurrent)
  if (current ?? others.length === 0) return current ?? first
  const commits = files.map(({ snapshot }) => snapshot).join(', ')
  throw new DomainError(
    'invalid',
    `Several commits have the file, give one as --snapshot: ${commits}`,
  )
}
