import { protobufMedia } from '@pharos/contract/otlp/routes.ts'

/** The two forms in which an exporter may speak; it is answered in its own. */
export type OtlpEncoding = 'protobuf' | 'json'

/** The form that a content type names; undefined for any other. */
export function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === protobufMedia) return 'protobuf'
  return mediaType === 'application/json' ? 'json' : undefined
}
