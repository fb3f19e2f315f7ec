import { DomainError } from '../../../platform/domain-error.ts'
import { isFilename, isRepo, isRevision } from '../../../platform/hub-names.ts'
import { partsOf } from './file-parts.ts'
import type { WantedFile } from './find-hub-file.ts'

/** A file as somebody names it; without a revision the one of `main`. */
export interface FileRequest {
  readonly repo: string
  readonly filename: string
  readonly revision?: string | undefined
}

/** The file that is meant. Throws DomainError `invalid` with the contract's code (§1.11). */
export function checkWanted({ repo, filename, revision = 'main' }: FileRequest): WantedFile {
  checkRepo(repo)
  const name = { code: 'hub_service_error-invalid_filename', filename, param: 'filename' }
  if (!isFilename(filename) || !filename.isWellFormed()) {
    throw new DomainError('invalid', 'The filename must name a file directly in the repository', {
      details: name,
    })
  }
  partsOf(filename)
  if (!isRevision(revision)) {
    const details = { code: 'obj_validation_error-validation_errors', param: 'revision' }
    throw new DomainError('invalid', 'The revision must be a branch, a tag or a commit', {
      details,
    })
  }
  return { repo, filename, revision }
}

/** Throws DomainError `invalid` for what is not `user/name`. */
export function checkRepo(repo: string): void {
  if (isRepo(repo)) return
  const isPair = /^[^/]+\/[^/]+$/u.test(repo)
  const kind = isPair ? 'validation_errors' : 'file_pattern_mismatch'
  const message = isPair
    ? 'The repository may hold letters, digits, "_", "." and "-", at most 96 in each half'
    : 'The repository must look like user/name'
  const details = { code: `obj_validation_error-${kind}`, param: 'repo' }
  throw new DomainError('invalid', message, { details })
}
