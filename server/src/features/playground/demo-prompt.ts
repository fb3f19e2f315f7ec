/**
 * A demo's conversation as its spans show it: as OpenAI is told it, or with Anthropic's content
 * blocks where Anthropic is asked. Source: beacon contract §7.2.
 */
import type { ContentPart, Message } from '../completion/index.ts'
import type { ConnectionKind } from '../models/index.ts'

export interface DemoConversation {
  readonly kind: ConnectionKind
  readonly messages: readonly Message[]
  /** The messages as OpenAI is told them, as JSON text. */
  readonly openaiText: string
}

export function demoPromptText({ kind, messages, openaiText }: DemoConversation): string {
  return kind === 'anthropic' ? JSON.stringify(messages.map(toAnthropic)) : openaiText
}

function toAnthropic({ role, content }: Message): unknown {
  const [first] = content
  if (content.length === 1 && first?.type === 'text' && role !== 'assistant') {
    return { role, content: first.text }
  }
  return { role: role === 'tool' ? 'user' : role, content: content.map(toBlock) }
}

function toBlock(part: ContentPart): unknown {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'tool-call': {
      const { id, name, argumentsText } = part
      return { type: 'tool_use', id, name, input: parsedOr(argumentsText) }
    }
    case 'tool-result':
      return { type: 'tool_result', tool_use_id: part.id, content: part.text }
    case 'reasoning':
      return { type: 'thinking', thinking: part.text, signature: part.signature }
    case 'image':
      return { type: 'image', source: part.image }
    case 'document':
      return { type: 'document', title: part.name, media_type: part.mediaType }
  }
}

/** Arguments that are no JSON are shown as the text they are. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
