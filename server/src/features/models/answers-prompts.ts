import type { ConnectionKind } from './connection.ts'

/** What OpenAI and Google list beside models that answer in words: no list says what each is for. */
const others =
  /embedding|whisper|dall-e|moderation|transcribe|realtime|native-audio|-live-|^(?:gpt|chatgpt)-image|^(?:imagen|veo|sora|lyria)-|^aqa$|(?:^|-)tts(?:-|$)|^(?:babbage|davinci)-002$|^gpt-3\.5-turbo-instruct/u

/**
 * Whether a model that its provider lists answers a prompt, as far as its name tells. Asked of those
 * two alone: elsewhere names mean what their makers like. Source: hypersigil contract §5.3, §10.2
 * no. 18.
 */
export function answersPrompts(kind: ConnectionKind, model: string): boolean {
  return (kind !== 'openai' && kind !== 'google') || !others.test(model)
}
