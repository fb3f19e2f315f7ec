import { blobPath, incompletePath } from '../cache-layout.ts'
import type { Disk } from './disk.ts'
import { refusalOf, resolvePath } from './find-hub-file.ts'
import { cancelled, hubNonsense } from './hub-error.ts'
import { type HubFile } from './hub-file.ts'
import { bytesOf, refuseBusy, type Hub, type HubReply } from './hub.ts'
import { PartialFile, wrongChecksum, wrongSize } from './partial-file.ts'
import { busyHub, HubTrouble, Patience, type PatiencePowers } from './patience.ts'

export interface BlobOptions {
  readonly hub: Hub
  readonly hubDir: string
  readonly file: HubFile
  readonly signal: AbortSignal
  readonly disk: Disk
  readonly patience: PatiencePowers
  /** Hears how many bytes of the file are there, and how many of them just came. */
  readonly onBytes: (bytes: number, received: number) => void
  /** Hears how many bytes of an earlier attempt have been read again. */
  readonly onChecked: (bytes: number) => void
}

/**
 * Brings a file's content into `blobs/<etag>`; whoever calls holds the blob's lock. What comes goes to
 * `blobs/<etag>.incomplete`, from which another attempt goes on, in this process or in a later one.
 * Only content of the right length and checksum is put in its place; wrong content is removed.
 * Throws DomainError.
 */
export async function fetchBlob(options: BlobOptions): Promise<void> {
  const { hubDir, file, disk, signal, onChecked } = options
  const path = incompletePath(hubDir, file.repo, file.etag)
  await using partial = await PartialFile.open({ path, file, disk, signal, onChecked })
  await complete(options, partial)
  if (!(await isRight(options, partial))) await partial.refuse(wrongChecksum(file))
  await partial.moveTo(blobPath(hubDir, file.repo, file.etag))
}

/** What an earlier attempt left may be what is wrong: then all of it is asked for once more. */
async function isRight(options: BlobOptions, partial: PartialFile): Promise<boolean> {
  if (partial.isRight()) return true
  if (partial.resumedBytes === 0) return false
  await partial.restart()
  await complete(options, partial)
  return partial.isRight()
}

async function complete(options: BlobOptions, partial: PartialFile): Promise<void> {
  const { file, signal, patience: powers } = options
  const patience = new Patience({ repo: file.repo, signal, powers })
  while (!partial.isWhole) {
    const before = partial.bytes
    try {
      await receiveRest(options, partial)
    } catch (error) {
      if (signal.aborted) throw cancelled()
      await patience.bear(error, partial.bytes > before)
    }
  }
}

/** Asks for what is missing and takes what comes. Throws HubTrouble when that is not all. */
async function receiveRest(options: BlobOptions, partial: PartialFile): Promise<void> {
  const { file, signal } = options
  const reply = await askForRest(options, partial.bytes)
  try {
    await place(reply, file, partial)
  } catch (error) {
    await reply.body.dump()
    throw error
  }
  try {
    for await (const chunk of bytesOf(reply)) {
      await partial.append(chunk)
      options.onBytes(partial.bytes, chunk.length)
    }
  } finally {
    reply.body.destroy()
  }
  if (signal.aborted) throw cancelled()
  // The reply ended as it should, without being all that was missing.
  if (!partial.isWhole) throw new HubTrouble('the reply ended early')
}

async function askForRest({ hub, file, signal }: BlobOptions, from: number): Promise<HubReply> {
  // NOTE: by commit, not by branch: all attempts ask for the same content.
  const wanted = { ...file, revision: file.commit }
  const reply = await hub.ask({
    method: 'GET',
    path: resolvePath(wanted),
    repo: file.repo,
    headers: from === 0 ? {} : rangeFrom(file, from),
    signal,
  })
  await refuseBusy(reply)
  if (reply.status < 400 || reply.status === 416) return reply
  await reply.body.dump()
  // A signed address that was refused is made anew by the hub at the next attempt.
  throw reply.isOwn ? refusalOf(reply, wanted) : busyHub(reply.status, reply.headers)
}

/**
 * Storages behind a hub have etags of their own, so the hub's would never hold there. With a checksum
 * the condition is not needed: what does not fit together does not pass. Without one it is.
 */
function rangeFrom(file: HubFile, from: number): Record<string, string> {
  const range = { range: `bytes=${from}-` }
  return isLargeFile(file) ? range : { ...range, 'if-range': `"${file.etag}"` }
}

function isLargeFile({ etag }: HubFile): boolean {
  return /^[\da-f]{64}$/iu.test(etag)
}

/** Makes the file ready for what the reply brings. */
async function place(reply: HubReply, file: HubFile, partial: PartialFile): Promise<void> {
  const { status, headers } = reply
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw hubNonsense(file.repo, `it is in ${encoding}`)
  switch (status) {
    case 200: {
      if (partial.bytes > 0) await partial.restart()
      return checkSize(Number(headers['content-length'] ?? file.sizeBytes), file, partial)
    }
    case 206: {
      const [, start = '', total = ''] =
        /^bytes (\d+)-\d+\/(\d+|\*)$/u.exec(headers['content-range'] ?? '') ?? []
      if (Number(start) !== partial.bytes || start === '') return beginAgain(partial)
      return total === '*' ? undefined : checkSize(Number(total), file, partial)
    }
    case 416: {
      const [, total = ''] = /^bytes \*\/(\d+)$/u.exec(headers['content-range'] ?? '') ?? []
      if (total !== '') await checkSize(Number(total), file, partial)
      return beginAgain(partial)
    }
    default:
      throw hubNonsense(file.repo, `status ${status}`)
  }
}

/** NOTE: counted as a trouble, or a server that always answers so would be asked for ever. */
async function beginAgain(partial: PartialFile): Promise<never> {
  await partial.restart()
  throw new HubTrouble('it answered with another part of the file')
}

async function checkSize(sizeBytes: number, file: HubFile, partial: PartialFile): Promise<void> {
  if (sizeBytes === file.sizeBytes) return
  await partial.refuse(wrongSize(file, sizeBytes > file.sizeBytes ? 'more' : 'less'))
}
