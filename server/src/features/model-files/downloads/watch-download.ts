import { allow } from '../../identity/index.ts'
import type { Download } from './download.ts'
import { getDownload } from './list-downloads.ts'
import type { DownloadReadContext } from './powers.ts'

/**
 * A download as it is, then each change of it until it has ended or the signal fires. A slow reader
 * gets the newest state and misses those before. Needs `models:manage`; the first step throws
 * DomainError `not-found`.
 */
export function watchDownload(
  ctx: DownloadReadContext,
  id: string,
  signal: AbortSignal,
): AsyncIterable<Download> {
  allow(ctx.caller, 'models:manage')
  return follow(ctx, id, signal)
}

async function* follow(
  ctx: DownloadReadContext,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Download> {
  let next: { readonly told: Download | undefined } | undefined = { told: undefined }
  let wake = Promise.withResolvers<void>()
  const onAbort = (): void => wake.resolve()
  signal.addEventListener('abort', onAbort)
  // Before the first look, so that nothing falls between the two.
  using _watching = ctx.downloads.watch(id, (told) => {
    next = { told }
    wake.resolve()
  })
  try {
    while (!signal.aborted) {
      if (!next) {
        await wake.promise
        wake = Promise.withResolvers()
        continue
      }
      const { told }: { readonly told: Download | undefined } = next
      next = undefined
      const download = told ?? (await getDownload(ctx, id))
      yield download
      if (download.status !== 'pending') return
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
