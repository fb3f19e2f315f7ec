import type { DomainError } from '../../../platform/domain-error.ts'
import { partsOf } from './file-parts.ts'
import { hubRefusal } from './hub-error.ts'
import { readHubFile, saysWhichFile, type HubFile } from './hub-file.ts'
import { refuseBusy, type Hub, type HubReply } from './hub.ts'
import { Patience, type PatiencePowers } from './patience.ts'

export interface WantedFile {
  readonly repo: string
  readonly filename: string
  /** Branch, tag or commit. */
  readonly revision: string
}

/** Where a hub gives a file, after its endpoint. */
export function resolvePath({ repo, filename, revision }: WantedFile): string {
  return `/${repo}/resolve/${encodeURIComponent(revision)}/${encodeURIComponent(filename)}`
}

/** What the hub has under that name now. Throws DomainError. */
export async function findHubFile(
  hub: Hub,
  wanted: WantedFile,
  { patience, signal }: { readonly patience: Patience; readonly signal: AbortSignal },
): Promise<HubFile> {
  const path = resolvePath(wanted)
  const { repo } = wanted
  const question = { method: 'HEAD', path, repo, signal, isEnough: saysWhichFile } as const
  const reply = await patience.with(async () => {
    const answer = await hub.ask(question)
    await refuseBusy(answer)
    return answer
  })
  await reply.body.dump()
  if (reply.status >= 400) throw refusalOf(reply, wanted)
  return readHubFile(wanted, reply.heads)
}

/** All parts of a model at the commit at which the first one is found. Throws DomainError. */
export async function findHubFiles(
  hub: Hub,
  wanted: WantedFile,
  signal: AbortSignal,
  powers: PatiencePowers,
): Promise<readonly HubFile[]> {
  const found: HubFile[] = []
  for (const filename of partsOf(wanted.filename)) {
    const revision = found[0]?.commit ?? wanted.revision
    const patience = new Patience({ repo: wanted.repo, signal, powers })
    found.push(await findHubFile(hub, { ...wanted, filename, revision }, { patience, signal }))
  }
  return found
}

/** Why the hub gives no file, or none of a repository. */
export function refusalOf(
  { status, hasToken, headers }: HubReply,
  { repo, filename }: { readonly repo: string; readonly filename?: string },
): DomainError {
  const word = headers['x-error-code']
  const isOfFile = filename !== undefined && (word === undefined || word === 'EntryNotFound')
  return hubRefusal({ repo, status, hasToken, word, ...(isOfFile && { filename }) })
}
