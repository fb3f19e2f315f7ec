import type { ContentPart, JsonValue } from '../../features/completion/index.ts'
import { listAt, textAt } from './fields.ts'

/** What base64 of an image begins with: its type is all that can be known of it. */
const beginnings: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
]

/** Images as Ollama takes them, and the places of those of another type than providers take. */
export function readImages(
  list: JsonValue | undefined,
  at: string,
): { readonly images: readonly ContentPart[]; readonly nativeOnly: readonly string[] } {
  const images: ContentPart[] = []
  const nativeOnly: string[] = []
  for (const [index, one] of listAt(list, at).entries()) {
    const place = `${at}[${index}]`
    const base64 = textAt(one, place) ?? ''
    const mediaType = beginnings.find(([beginning]) => base64.startsWith(beginning))?.[1]
    if (mediaType === undefined) nativeOnly.push(place)
    else images.push({ type: 'image', image: { kind: 'bytes', mediaType, base64 } })
  }
  return { images, nativeOnly }
}
