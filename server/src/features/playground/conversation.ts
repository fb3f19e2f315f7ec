import type { CompletionRequest, Message } from '../completion/index.ts'

/** A message as people write it. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly text: string
}

const temperature = 1

export function toMessage({ role, text }: ChatMessage): Message {
  return { role, content: [{ type: 'text', text }] }
}

/** The system prompt, unless it is empty, then the messages. Source: beacon contract §6. */
export function playgroundRequest(
  model: string,
  systemPrompt: string | null,
  messages: readonly ChatMessage[],
): CompletionRequest {
  const system: ChatMessage[] = systemPrompt ? [{ role: 'system', text: systemPrompt }] : []
  return { model, messages: [...system, ...messages].map(toMessage), options: { temperature } }
}
