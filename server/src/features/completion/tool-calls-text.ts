import type { ConnectionKind } from '../models/index.ts'
import type { ToolCall } from './request.ts'

/**
 * Tool calls as the JSON text of `llm.tool_calls`, each provider's in the style that its own SDK
 * writes. Source: beacon contract §2.3, §7.2.
 */
export function toolCallsText(calls: readonly ToolCall[], kind: ConnectionKind): string {
  return JSON.stringify(calls.map((call) => toStyle(call, kind)))
}

function toStyle({ id, name, argumentsText }: ToolCall, kind: ConnectionKind): object {
  switch (kind) {
    case 'anthropic':
      return { id, name, input: parsedOrText(argumentsText) }
    case 'google':
      return { name, args: parsedOrText(argumentsText) }
    case 'openai':
    case 'openai-compatible':
    case 'ollama':
    case 'local':
      return { id, type: 'function', function: { name, arguments: argumentsText } }
  }
}

/** A model may write what is no JSON; then its text stands. */
function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
