import type { StreamedAnswer } from '../../features/completion/index.ts'
import type { Clock } from '../../platform/clock.ts'
import { encodeEnd, encodeError, encodeParts, type Form } from './encode-reply.ts'
import { passLines } from './pass-lines.ts'
import { failureText } from './refusal.ts'

/**
 * An answer as lines of JSON, those that came together in one piece. The last one says that it is
 * done, or why it is not, and is told when the call is on record. This dialect has no word for "still
 * there", so silence stays silence.
 */
export async function* replyLines(
  answer: StreamedAnswer,
  form: Form,
  clock: Clock,
): AsyncGenerator<string, void, undefined> {
  const { model, isNative } = answer
  const head = () => ({ form, model, at: clock.nowSeconds() })
  let last: string | null = null
  for await (const batch of answer.batches) {
    if (batch === null || last !== null) continue
    const passed = isNative
      ? passLines(batch.events, model)
      : { text: encodeParts(batch.parts, head()), last: null }
    last = passed.last
    if (passed.text !== '') yield passed.text
  }
  const outcome = await answer.outcome
  if (outcome.status === 'failed') yield encodeError(failureText(outcome))
  else yield last ?? encodeEnd(outcome, head())
}
