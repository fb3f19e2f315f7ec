import type { ImageSource } from '../request.ts'
import type { Warn } from './request-parts.ts'

/** An image given as a `data:` URL is bytes, whichever way it came. */
export function imageSource(source: ImageSource): ImageSource {
  return source.kind === 'url' ? (bytesOfDataUrl(source.url) ?? source) : source
}

/** The image inside a base64 `data:` URL; null for any other URL. */
export function bytesOfDataUrl(url: string): ImageSource | null {
  const [head = '', base64] = url.startsWith('data:') ? splitAtComma(url) : []
  if (base64 === undefined || !head.endsWith(';base64')) return null
  const mediaType = head.slice('data:'.length, -';base64'.length)
  return { kind: 'bytes', mediaType, base64 }
}

function splitAtComma(text: string): string[] {
  const at = text.indexOf(',')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** The `data:` URL of an image. */
export function urlOfImage(source: ImageSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`
}

/** Only OpenAI's dialect says how closely an image is looked at. */
export function warnOfDetail(detail: string | undefined, label: string, warn: Warn): void {
  if (detail === undefined || detail === 'auto') return
  warn('messages', `${label} has no detail of images; it is left out`, 'harmless')
}
