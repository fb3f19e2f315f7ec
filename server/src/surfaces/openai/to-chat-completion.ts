import type { ChatCompletion } from '@pharos/contract/openai/chat.ts'
import type { Reply, ToolCall, WholeAnswer } from '../../features/completion/index.ts'
import { toFinishWord } from './finish-reason.ts'
import { headOf, type ReplyForm } from './reply-form.ts'
import { toLogprobs } from './to-logprobs.ts'
import { toUsage } from './to-usage.ts'

type Message = ChatCompletion['choices'][number]['message']

/** A whole reply of any provider as OpenAI would say it. */
export function toChatCompletion(answer: WholeAnswer, form: ReplyForm): ChatCompletion {
  const { reply, usage } = answer.outcome
  const { id, ...head } = headOf(answer, 'chatcmpl')
  const hasCalls = reply.toolCalls.length > 0
  const said = toUsage(usage)
  return {
    id,
    object: 'chat.completion',
    ...head,
    choices: [
      {
        index: 0,
        message: toMessage(reply, form),
        logprobs: form.hasLogprobs ? toLogprobs(answer.parts) : null,
        finish_reason: toFinishWord(reply.finishReason, { hasCalls, ...form }),
      },
    ],
    ...(said === null ? {} : { usage: said }),
  }
}

function toMessage({ text, reasoning, toolCalls }: Reply, { isLegacy }: ReplyForm): Message {
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(isLegacy ? legacyCall(toolCalls) : calls(toolCalls)),
  }
}

function calls(toolCalls: readonly ToolCall[]): Pick<Message, 'tool_calls'> {
  if (toolCalls.length === 0) return {}
  return {
    tool_calls: toolCalls.map(({ id, name, argumentsText, signature }) => ({
      id,
      type: 'function',
      function: { name, arguments: argumentsText },
      ...toExtra(signature),
    })),
  }
}

function legacyCall([call]: readonly ToolCall[]): object {
  if (call === undefined) return {}
  return { function_call: { name: call.name, arguments: call.argumentsText } }
}

/** What Google wants back with a call, in the place where its own compatible endpoint puts it. */
export function toExtra(signature: string | undefined): object {
  if (signature === undefined) return {}
  return { extra_content: { google: { thought_signature: signature } } }
}
