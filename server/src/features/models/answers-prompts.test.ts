import { expect, it } from 'vitest'
import { answersPrompts } from './answers-prompts.ts'

it.each([
  ['openai', 'gpt-4o-mini'],
  ['openai', 'o3-mini'],
  ['openai', 'chatgpt-4o-latest'],
  ['openai', 'ft:gpt-4o-mini:acme::1'],
  ['openai', 'meta/llama-3-instruct'],
  ['google', 'gemini-2.5-flash'],
  ['google', 'gemini-2.5-flash-image'],
  ['google', 'gemma-3-27b-it'],
  ['ollama', 'whisper-of-the-heart'],
  ['openai-compatible', 'text-embedding-3-small'],
] as const)('of %s the model %s answers prompts', (kind, model) => {
  expect(answersPrompts(kind, model)).toBe(true)
})

it.each([
  ['openai', 'text-embedding-3-small'],
  ['openai', 'whisper-1'],
  ['openai', 'tts-1-hd'],
  ['openai', 'gpt-4o-mini-tts'],
  ['openai', 'gpt-4o-transcribe'],
  ['openai', 'gpt-realtime'],
  ['openai', 'gpt-image-1'],
  ['openai', 'dall-e-3'],
  ['openai', 'omni-moderation-latest'],
  ['openai', 'davinci-002'],
  ['openai', 'gpt-3.5-turbo-instruct'],
  ['google', 'gemini-embedding-001'],
  ['google', 'imagen-4.0-generate-001'],
  ['google', 'gemini-2.5-flash-preview-tts'],
  ['google', 'aqa'],
] as const)('of %s the model %s does not', (kind, model) => {
  expect(answersPrompts(kind, model)).toBe(false)
})
