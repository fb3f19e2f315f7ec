import { isJsonObject } from '../../platform/json.ts'

/** What a preview of a log says, cut to what fits. Pure. Source: thunder contract §1.12. */

export interface PreviewCard {
  readonly model: string
  /** The most tokens that the request asked for. */
  readonly maxTokens: number
  readonly prompt: string
  /** For crawlers, which show more of it than the picture has room for. */
  readonly description: string
  readonly outputLines: readonly string[]
  /** What a mod forced into the output, or nothing. */
  readonly injection: string | null
}

const limits = { description: 180, prompt: 60, injection: 30, model: 15, line: 85, lines: 4 }
const usualMaxTokens = 256

/** Text of at most `limit` characters; what was cut ends with `...`, which counts. */
export function cut(text: string, limit: number): string {
  const characters = Array.from(text.slice(0, 2 * limit + 2))
  return characters.length <= limit ? text : `${characters.slice(0, limit - 3).join('')}...`
}

/** How a model is called where there is little room. */
export function shortModelName(model: string): string {
  const name = model.toLowerCase()
  if (name.includes('llama-3.1-8')) return 'llama-3.1-8b'
  if (name.includes('llama')) return 'llama'
  if (name.includes('gpt-4')) return 'gpt-4'
  if (name.includes('gpt-3')) return 'gpt-3.5'
  if (name.includes('claude')) return 'claude'
  return cut(model.split('/').findLast((part) => part !== '') ?? model, limits.model)
}

/** Words in lines of bounded length; a word that is longer than a line is broken. */
export function wrapLines(text: string, lineLength: number, maxLines: number): readonly string[] {
  const lines: string[] = []
  let line: string[] = []
  // More than this can never be shown.
  const words = text.slice(0, 4 * lineLength * maxLines).split(/\s+/u)
  for (const word of words.flatMap((one) => pieces(Array.from(one), lineLength))) {
    if (line.length > 0 && line.length + 1 + word.length > lineLength) {
      lines.push(line.join(''))
      line = word
    } else {
      line = line.length === 0 ? word : [...line, ' ', ...word]
    }
    if (lines.length > maxLines) break
  }
  if (line.length > 0) lines.push(line.join(''))
  if (lines.length <= maxLines) return lines
  const last = `${lines[maxLines - 1] ?? ''}...`
  const end = Array.from(last).length <= lineLength ? last : cut(`${last}....`, lineLength)
  return [...lines.slice(0, maxLines - 1), end]
}

function pieces(characters: readonly string[], length: number): string[][] {
  const count = Math.ceil(characters.length / length)
  return Array.from({ length: count }, (_, at) => characters.slice(at * length, (at + 1) * length))
}

/** The card of a log, read from the document that its readers are given. */
export function cardOf(document: Readonly<Record<string, unknown>>): PreviewCard {
  const prompt = oneLine(textOf(document['user_prompt']))
  const maxTokens = document['max_steps']
  const injection = injectionIn(document['actions'])
  return {
    model: shortModelName(modelIn(document) || 'model'),
    maxTokens: typeof maxTokens === 'number' ? maxTokens : usualMaxTokens,
    prompt: cut(prompt, limits.prompt),
    description: cut(prompt, limits.description),
    outputLines: wrapLines(textOf(document['final_text']), limits.line, limits.lines),
    injection: injection === null ? null : cut(oneLine(injection), limits.injection),
  }
}

/** The model without the mod that was switched on by its name. */
function modelIn(document: Readonly<Record<string, unknown>>): string {
  const model = textOf(document['model_id'])
  const mod = document['active_mod']
  const suffix = isJsonObject(mod) ? `/${textOf(mod['name'])}` : '/'
  return suffix !== '/' && model.endsWith(suffix) ? model.slice(0, -suffix.length) : model
}

/** The text of the first tokens that a mod forced. */
function injectionIn(actions: unknown): string | null {
  if (!Array.isArray(actions)) return null
  for (const action of actions as readonly unknown[]) {
    if (!isJsonObject(action) || action['action_type'] !== 'ForceTokens') continue
    const { payload } = action
    const tokens = isJsonObject(payload) ? payload['tokens_as_text'] : undefined
    const text = Array.isArray(tokens) ? tokens.map(textOf).join('') : textOf(tokens)
    if (text !== '') return text
  }
  return null
}

function oneLine(text: string): string {
  return text.slice(0, 2000).replaceAll(/\s+/gu, ' ').trim()
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
