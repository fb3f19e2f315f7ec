import { env } from 'node:process'

/** The one call that every client program makes, in its own words. */
export const model = 'gpt-4o-mini'
export const system = 'You are terse.'
export const question = 'Say hello.'
export const temperature = 0.5
export const maxTokens = 64

/** What the parent process gives: where Pharos is and where the fake provider is. */
export function placeOf(name: 'PHAROS_URL' | 'OPENAI_BASE_URL'): string {
  const url = env[name]
  if (url === undefined) throw new Error(`${name} is not set`)
  return url
}
