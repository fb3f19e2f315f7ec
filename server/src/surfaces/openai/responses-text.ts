import type { CompletionOptions } from '../../features/completion/index.ts'
import type { Fields } from './fields.ts'
import { readFormat, readSchema } from './read-format.ts'

type Format = CompletionOptions['responseFormat']

interface ReadText {
  readonly format: Format
  readonly nativeOnly: readonly string[]
}

/** `text`: the form of the answer, and how much is said. */
export function readText(body: Fields): ReadText {
  const text = body.fields('text')
  if (text === undefined) return { format: undefined, nativeOnly: [] }
  const format = readFormat(text.fields('format'), (described) =>
    readSchema(described, described.requiredFields('schema')),
  )
  return {
    format: format === 'native' ? undefined : format,
    nativeOnly: [
      ...(format === 'native' ? [text.place('format')] : []),
      // The middle is what a model does unasked.
      ...((text.text('verbosity') ?? 'medium') === 'medium' ? [] : [text.place('verbosity')]),
      ...text.others(new Set(['format', 'verbosity'])),
    ],
  }
}
