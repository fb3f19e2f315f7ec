import { isRevision } from '../../../platform/hub-names.ts'
import { hubNonsense } from './hub-error.ts'

/** A file as a hub has it at one commit. */
export interface HubFile {
  readonly repo: string
  readonly filename: string
  readonly commit: string
  /** Names the content: SHA-256 of a large file, git's SHA-1 of a small one. */
  readonly etag: string
  readonly sizeBytes: number
}

type Headers = Readonly<Record<string, string>>

/** Whether the heads of a chain of redirects already say which content it leads to. */
export function saysWhichFile(heads: readonly Headers[]): boolean {
  return firstOf(heads, 'x-repo-commit') !== undefined && linkedEtag(heads) !== undefined
}

/**
 * What the hub says of a file. The heads are those of a chain of redirects, the hub's own first:
 * where the storage behind it says otherwise, the hub is right. Throws DomainError.
 */
export function readHubFile(
  { repo, filename }: Pick<HubFile, 'repo' | 'filename'>,
  heads: readonly Headers[],
): HubFile {
  const last = heads.at(-1) ?? {}
  const isRedirect = last['location'] !== undefined
  const commit = firstOf(heads, 'x-repo-commit')
  if (commit === undefined || !isRevision(commit)) throw hubNonsense(repo, 'it names no commit')
  const etag = linkedEtag(heads) ?? (isRedirect ? undefined : plainEtag(last['etag']))
  if (etag === undefined) throw hubNonsense(repo, 'it does not say which content it is')
  const size = firstOf(heads, 'x-linked-size') ?? (isRedirect ? undefined : last['content-length'])
  if (size === undefined || !/^\d{1,15}$/u.test(size)) {
    throw hubNonsense(repo, 'it does not say how large the file is')
  }
  return { repo, filename, commit, etag, sizeBytes: Number(size) }
}

/** An etag without quotes and the mark of a weak one; undefined for one that is no file's name. */
export function plainEtag(header: string | undefined): string | undefined {
  const etag = header
    ?.trim()
    .replace(/^W\//u, '')
    .replace(/^"(.*)"$/u, '$1')
  return etag !== undefined && /^[\w-]{1,200}$/u.test(etag) ? etag : undefined
}

function linkedEtag(heads: readonly Headers[]): string | undefined {
  return plainEtag(firstOf(heads, 'x-linked-etag'))
}

function firstOf(heads: readonly Headers[], name: string): string | undefined {
  return heads.find((head) => head[name] !== undefined)?.[name]
}
