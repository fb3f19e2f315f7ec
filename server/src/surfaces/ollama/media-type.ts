import { isJsonMediaType } from '../../platform/http/parse-json.ts'

const written = new Set(['', 'application/x-www-form-urlencoded'])

/**
 * What a body may call itself. Ollama looks at the body alone and its own examples are `curl -d`,
 * which says "form": that is taken for JSON here. A foreign page could say so without asking first,
 * but its origin comes with it, and who comes from elsewhere is nobody.
 */
export function acceptsAnyJson(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return written.has(mediaType) || isJsonMediaType(contentType)
}
