import { readCalls, readNamedCall, type CalledTool } from './read-calls.ts'

/** How a model shows that a call begins. It ends at `closer`, or with its JSON where there is none. */
export interface CallMark {
  readonly opener: string
  readonly closer: string | null
}

/** Hermes and Qwen; Mistral; Llama 3.1; Functionary and Llama's own functions. */
export const callMarks: readonly CallMark[] = [
  { opener: '<tool_call>', closer: '</tool_call>' },
  { opener: '[TOOL_CALLS]', closer: null },
  { opener: '<|python_tag|>', closer: null },
  { opener: '<function=', closer: '</function>' },
]

/** Llama 3 and others write the JSON alone. */
export const noMark: CallMark = { opener: '', closer: null }

const bareStarts = ['name', 'type', 'function', 'parameters', 'arguments', 'id'].flatMap((key) => [
  `{"${key}":`,
  `[{"${key}":`,
])

/** Whether a text without a mark begins as a call does; null while that is open. */
export function beginsBare(text: string): boolean | null {
  if (!/^[[{]/u.test(text)) return false
  const squeezed = text.replaceAll(/\s+/gu, '')
  if (bareStarts.some((start) => squeezed.startsWith(start))) return true
  return bareStarts.some((start) => start.startsWith(squeezed)) ? null : false
}

/**
 * The calls between opener and closer, without them; undefined where it is none. Without a mark
 * only names that are known count, since any JSON may have a member `name`.
 */
export function callsBetween(
  mark: CallMark,
  body: string,
  tools: ReadonlySet<string> | null,
): readonly CalledTool[] | undefined {
  if (mark.opener === '<function=') {
    const at = body.indexOf('>')
    return at === -1 ? undefined : readNamedCall(body.slice(0, at), body.slice(at + 1))
  }
  const calls = readCalls(body)
  if (mark !== noMark) return calls ?? namedBefore(body)
  return calls?.every(({ name }) => tools?.has(name)) ? calls : undefined
}

/** Mistral's newer form: `name[ARGS]{…}`. */
function namedBefore(body: string): readonly CalledTool[] | undefined {
  const at = body.indexOf('{')
  const [name = ''] = body.slice(0, Math.max(at, 0)).split(/\[(?:ARGS|CALL_ID)\]/u)
  return /^\s*[\w.-]+\s*$/u.test(name) ? readNamedCall(name, body.slice(at)) : undefined
}

/** How much of a text's end may be the beginning of one of these. */
export function openEnd(text: string, words: readonly string[]): number {
  const longest = Math.max(...words.map(({ length }) => length)) - 1
  for (let size = Math.min(longest, text.length); size > 0; size -= 1) {
    const end = text.slice(-size)
    if (words.some((word) => word.startsWith(end))) return size
  }
  return 0
}
