import { readText } from '../../../platform/upstream/read-text.ts'
import { isFilename } from '../../../platform/hub-names.ts'
import { refusalOf } from './find-hub-file.ts'
import { cancelled, hubNonsense } from './hub-error.ts'
import { bytesOf, refuseBusy, type Hub } from './hub.ts'
import { Patience, realPatience, type PatiencePowers } from './patience.ts'

/** A model file that a repository offers. */
export interface HubListing {
  readonly filename: string
  readonly sizeBytes: number
  /** Names the content; null where the hub does not say. */
  readonly etag: string | null
}

export interface ListOptions {
  /** Must have been checked. */
  readonly repo: string
  readonly revision: string
  readonly signal: AbortSignal
  readonly patience?: PatiencePowers
}

const mostFiles = 10_000
const mostBytes = 16 * 1024 * 1024

/** The GGUF files directly in a repository, by name. Throws DomainError. */
export async function listRepoFiles(hub: Hub, options: ListOptions): Promise<HubListing[]> {
  const { repo, revision, signal } = options
  // Loaded when it is needed: it is large, and most runs of the server list nothing.
  const { listFiles } = await import('@huggingface/hub')
  const entries = listFiles({
    repo: { type: 'model', name: repo },
    revision: encodeURIComponent(revision),
    hubUrl: hub.url,
    fetch: async (input) => readPage(hub, options, inputUrl(input)),
  })
  const found: HubListing[] = []
  try {
    for await (const { type, path, size, lfs, oid } of entries) {
      if (type !== 'file' || !path.endsWith('.gguf') || !isFilename(path)) continue
      found.push({ filename: path, sizeBytes: lfs?.size ?? size, etag: lfs?.oid ?? oid ?? null })
      if (found.length > mostFiles) throw hubNonsense(repo, 'it lists too many files')
    }
  } catch (error) {
    if (signal.aborted) throw cancelled()
    throw error instanceof SyntaxError || error instanceof TypeError
      ? hubNonsense(repo, 'its list of files is no such list')
      : error
  }
  return found.toSorted((a, b) => (a.filename < b.filename ? -1 : 1))
}

function inputUrl(input: string | URL | Request): string {
  return input instanceof Request ? input.url : String(input)
}

/** One page, asked for as everything else is: the next one's address is the hub's word. */
async function readPage(hub: Hub, options: ListOptions, url: string): Promise<Response> {
  const { repo, signal, patience: powers = realPatience } = options
  if (!url.startsWith(`${hub.url}/`)) throw hubNonsense(repo, 'its list goes on elsewhere')
  const path = url.slice(hub.url.length)
  const patience = new Patience({ repo, signal, powers })
  const headers = { accept: 'application/json' }
  const { reply, text } = await patience.with(async () => {
    const answer = await hub.ask({ method: 'GET', path, repo, headers, signal })
    await refuseBusy(answer)
    return { reply: answer, text: await readText(bytesOf(answer), mostBytes) }
  })
  if (reply.status >= 400) throw refusalOf(reply, { repo })
  return new Response(text, { headers: { link: reply.headers['link'] ?? '' } })
}
