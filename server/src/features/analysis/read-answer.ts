import { z } from 'zod'
import { DomainError } from '../../platform/domain-error.ts'
import { answers, type AnalysisKind, type Answer } from './kinds.ts'

/**
 * The JSON object inside a model's answer: code fences and prose around it are left out. Throws
 * `upstream` when there is none or when it lacks what the analysis must say.
 * Source: beacon contract §10.5 "Answer parsing".
 */
export function readAnswer<K extends AnalysisKind>(kind: K, text: string): Answer<K> {
  const parsed = answers[kind].safeParse(parseAnswer(text))
  if (!parsed.success) {
    const reason = z.prettifyError(parsed.error)
    throw new DomainError('upstream', `LLM response does not match expected schema: ${reason}`)
  }
  // The schema is the one of this kind; a union of all seven is what the compiler sees.
  return parsed.data as Answer<K>
}

function parseAnswer(text: string): unknown {
  const unfenced = withoutFence(text.trim())
  const start = unfenced.indexOf('{')
  const end = unfenced.lastIndexOf('}')
  const json = start === -1 || end < start ? unfenced : unfenced.slice(start, end + 1)
  try {
    return JSON.parse(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DomainError('upstream', `LLM returned invalid JSON: ${reason}`, { cause: error })
  }
}

function withoutFence(text: string): string {
  if (!text.startsWith('```')) return text
  const afterFence = text.indexOf('\n') + 1
  return text.slice(afterFence).replace(/```\s*$/u, '')
}
