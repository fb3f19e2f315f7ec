import type { ContentPart, JsonMap, Message, ReadAsk } from '../../features/completion/index.ts'
import { othersIn, textAt } from './fields.ts'
import { readImages } from './read-images.ts'
import { fieldOf, readSettings, settingFields } from './read-settings.ts'

const known: ReadonlySet<string> = new Set([...settingFields, 'prompt', 'system', 'images'])

/**
 * A body of `/api/generate` as the core understands it: one message of the user, after what the
 * system says. A template, a raw prompt, a suffix or a context of token numbers means something to
 * an Ollama alone and is named in `nativeOnly`, as is every field that nobody knows.
 * @throws DomainError `invalid` with `details.param` for a field that is not of its type.
 */
export function readGenerate(body: JsonMap): ReadAsk {
  const { images, nativeOnly: inImages } = readImages(body['images'], 'images')
  const { options, nativeOnly: inOptions } = readSettings(body)
  const system = textAt(body['system'], 'system') ?? ''
  const prompt = textAt(body['prompt'], 'prompt') ?? ''
  const messages: readonly Message[] = [
    ...(system === '' ? [] : [{ role: 'system' as const, content: text(system) }]),
    { role: 'user', content: [...text(prompt), ...images] },
  ]
  return {
    request: { model: textAt(body['model'], 'model') ?? '', messages, options },
    nativeOnly: [...inImages, ...inOptions, ...othersIn(body, known)],
  }
}

function text(said: string): readonly ContentPart[] {
  return said === '' ? [] : [{ type: 'text', text: said }]
}

/** The client's word for an option of the core; the only message that can be unfit is the prompt. */
export function generateFieldOf(option: string): string {
  return option === 'messages' ? 'prompt' : fieldOf(option)
}
