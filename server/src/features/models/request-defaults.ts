/**
 * What an alias adds to a request that does not say it itself, in the words of OpenAI's chats;
 * JSON-able. Source: bodhi contract §4.5.
 */
export interface RequestDefaults {
  readonly frequency_penalty?: number
  readonly max_tokens?: number
  readonly presence_penalty?: number
  readonly seed?: number
  readonly stop?: readonly string[]
  readonly temperature?: number
  readonly top_p?: number
  readonly user?: string
  /** Put before the messages, unless they begin with a system message. */
  readonly system_prompt?: string
}
