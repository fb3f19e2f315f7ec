/**
 * The dialects in which a request may reach us. A provider that speaks the same one is handed the
 * request as it came; to all others it is translated. `pharos` is the core's own, of what is asked
 * from within: no provider speaks it.
 */
export type Wire =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'ollama-chat'
  | 'ollama-generate'
  | 'pharos'
