import type { CallField, Dialect } from './dialect.ts'
import { firstOf } from './first-of.ts'
import { finishReasonName, providerName } from './names.ts'
import { readPrompt, readReply } from './read-conversation.ts'
import { readUsage } from './read-usage.ts'
import { firstNumber, firstText, type Reading } from './reading.ts'

/** Attributes of Beacon's vocabulary; undefined is left out. */
export type Mapped = Record<string, string | number | undefined>

/** What a model call says, under Beacon's names. Source: beacon contract §2.3. */
export function mapCall(
  reading: Reading,
  dialects: readonly Dialect[],
  isEmbedding: boolean,
): Mapped {
  const text = (field: CallField) =>
    firstOf(dialects, ({ call }) => firstText(reading, call?.[field]))
  const number = (field: CallField) =>
    firstOf(dialects, ({ call }) => firstNumber(reading, call?.[field]))
  const provider = text('provider')
  const usage = readUsage(reading, dialects, provider ?? '', isEmbedding)
  const reply = readReply(reading, dialects)
  const finishReason = text('finishReason') ?? reply.finishReason
  const cost = number('cost')
  return {
    'llm.provider': provider && providerName(provider),
    'llm.model': text('model'),
    'llm.prompt': readPrompt(reading, dialects),
    'llm.completion': reply.completion,
    'llm.tool_calls': reply.toolCalls,
    'llm.finish_reason': finishReason && finishReasonName(finishReason),
    'llm.temperature': number('temperature'),
    'llm.max_tokens': number('maxTokens'),
    'llm.tokens.input': usage?.input,
    'llm.tokens.output': usage?.output,
    'llm.tokens.total': usage?.total,
    'llm.tokens.cache_read': usage?.cacheRead,
    'llm.tokens.cache_write': usage?.cacheWrite,
    'llm.tokens.reasoning': usage?.reasoning,
    'llm.cost_usd': cost === undefined || cost < 0 ? undefined : cost,
  }
}
