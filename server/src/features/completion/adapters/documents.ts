import type { ConnectionKind } from '../../models/index.ts'
import type { ContentPart, JsonMap } from '../request.ts'
import type { Warn } from './request-parts.ts'

export type DocumentPart = Extract<ContentPart, { type: 'document' }>

/** Whether a kind of connection can be shown files that are no images. */
export function acceptsDocuments(kind: ConnectionKind): boolean {
  switch (kind) {
    case 'openai':
    case 'anthropic':
    case 'google':
      return true
    case 'openai-compatible':
    case 'ollama':
    case 'local':
      return false
  }
}

/** The media type in small letters, without parameters. */
export function mediaTypeOf({ mediaType }: DocumentPart): string {
  const [essence = ''] = mediaType.split(';', 1)
  return essence.trim().toLowerCase()
}

/** A file that holds an image is an image to every dialect. */
export function asImage(part: ContentPart): ContentPart {
  if (part.type !== 'document') return part
  const mediaType = mediaTypeOf(part)
  if (!mediaType.startsWith('image/')) return part
  return { type: 'image', image: { kind: 'bytes', mediaType, base64: part.base64 } }
}

/** What people can read without a program for it. */
export function isReadable(part: DocumentPart): boolean {
  const mediaType = mediaTypeOf(part)
  return mediaType.startsWith('text/') || mediaType === 'application/json'
}

export function isPdf(part: DocumentPart): boolean {
  return mediaTypeOf(part) === 'application/pdf'
}

/** A readable file's text; what is no UTF-8 in it is replaced. */
export function textOfDocument({ base64 }: DocumentPart): string {
  return new TextDecoder().decode(Buffer.from(base64, 'base64'))
}

/** The name of a file, which some dialects insist on. */
export function nameOfDocument({ name }: DocumentPart): string {
  return name === undefined || name === '' ? 'document' : name
}

/** The `data:` URL of a file. */
export function urlOfDocument(part: DocumentPart): string {
  return `data:${mediaTypeOf(part)};base64,${part.base64}`
}

/** What the record shows of a file: what it is, in OpenAI's form, instead of its bytes. */
export function shownDocument(part: DocumentPart): JsonMap {
  const name = part.name === undefined ? {} : { filename: part.name }
  const sizeBytes = Buffer.byteLength(part.base64, 'base64')
  return { type: 'file', file: { ...name, media_type: mediaTypeOf(part), size_bytes: sizeBytes } }
}

/** Said of a provider that cannot be shown a file; nothing else stands for it. */
export function warnOfDocument(part: DocumentPart, label: string, warn: Warn): void {
  const mediaType = mediaTypeOf(part) || 'file without a media type'
  const name = part.name === undefined ? '' : ` (${part.name})`
  warn('messages', `${label} cannot be shown the attachment${name}: it takes no ${mediaType}`)
}
