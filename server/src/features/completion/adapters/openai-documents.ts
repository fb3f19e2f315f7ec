import type { ContentPart, JsonMap } from '../request.ts'
import {
  isPdf,
  isReadable,
  nameOfDocument,
  textOfDocument,
  urlOfDocument,
  warnOfDocument,
  type DocumentPart,
} from './documents.ts'
import type { Warn } from './request-parts.ts'

/** Files as OpenAI takes them: PDFs as they are, what can be read as a text under its name. */
export function withReadableFiles(
  content: readonly ContentPart[],
  label: string,
  warn: Warn,
): readonly ContentPart[] {
  return content.flatMap((part): readonly ContentPart[] => {
    if (part.type !== 'document' || isPdf(part)) return [part]
    if (isReadable(part)) {
      return [{ type: 'text', text: `${nameOfDocument(part)}:\n\n${textOfDocument(part)}` }]
    }
    warnOfDocument(part, label, warn)
    return []
  })
}

/** A PDF in Chat Completions. Source: OpenAI's guide to file inputs. */
export function chatFile(part: DocumentPart): JsonMap {
  return { type: 'file', file: fileOf(part) }
}

/** The same among what both dialects of OpenAI say of a file. */
export function fileOf(part: DocumentPart): JsonMap {
  return { filename: nameOfDocument(part), file_data: urlOfDocument(part) }
}
