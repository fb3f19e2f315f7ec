/**
 * The dialects in which a request may reach us. A provider that speaks the same one is handed the
 * request as it came; to all others it is translated.
 */
export type Wire =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'ollama-chat'
  | 'ollama-generate'
