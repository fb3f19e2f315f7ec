import type { TextCompletion } from '@pharos/contract/openai/completions.ts'
import type { WholeAnswer } from '../../features/completion/index.ts'
import { toFinishWord } from './finish-reason.ts'
import { headOf } from './reply-form.ts'
import { toUsage } from './to-usage.ts'

/** A whole reply of any provider as a completion of a text. */
export function toTextCompletion(answer: WholeAnswer): TextCompletion {
  const { reply, usage } = answer.outcome
  const { id, ...head } = headOf(answer, 'cmpl')
  const finish = toFinishWord(reply.finishReason, { hasCalls: false, isLegacy: false })
  const said = toUsage(usage)
  return {
    id,
    object: 'text_completion',
    ...head,
    choices: [{ text: reply.text, index: 0, logprobs: null, finish_reason: finish }],
    ...(said === null ? {} : { usage: said }),
  }
}
