import type { ConnectionKind } from '../../models/index.ts'
import type { NativeWire, ProviderAdapter } from '../provider.ts'
import type { Wire } from '../wire.ts'
import { anthropic } from './anthropic.ts'
import { google } from './google.ts'
import { ollamaGenerate } from './ollama-generate.ts'
import { ollama } from './ollama.ts'
import { local, passToEngine } from './local.ts'
import {
  localEngineText,
  openai,
  openaiCompatible,
  openaiCompatibleText,
  openaiText,
} from './openai.ts'
import { passToAnthropic, passToOllama, passToOpenAi } from './pass-request.ts'

/** The dialect of a kind of connection. A state belongs to the adapter that gave it. */
export function adapterOf(kind: ConnectionKind): ProviderAdapter<unknown> {
  switch (kind) {
    case 'openai':
      return openai
    case 'openai-compatible':
      return openaiCompatible
    case 'anthropic':
      return anthropic
    case 'google':
      return google
    case 'ollama':
      return ollama
    case 'local':
      return local
  }
}

/** How a kind of connection is handed a request of a dialect that it speaks itself. */
export function nativeWire(kind: ConnectionKind, wire: Wire): NativeWire | undefined {
  switch (kind) {
    case 'openai':
      return openAiWire(wire, { chat: openai, text: openaiText, pass: passToOpenAi })
    case 'openai-compatible': {
      const speaks = { chat: openaiCompatible, text: openaiCompatibleText, pass: passToOpenAi }
      return openAiWire(wire, speaks)
    }
    case 'local':
      return openAiWire(wire, { chat: local, text: localEngineText, pass: passToEngine })
    case 'anthropic':
      return wire === 'anthropic-messages'
        ? { adapter: anthropic, pass: passToAnthropic }
        : undefined
    case 'ollama':
      return ollamaWire(wire)
    case 'google':
      return undefined
  }
}

interface OpenAiSpeaker {
  readonly chat: NativeWire['adapter']
  readonly text: NativeWire['adapter']
  readonly pass: typeof passToOpenAi
}

function openAiWire(wire: Wire, { chat, text, pass }: OpenAiSpeaker): NativeWire | undefined {
  if (wire === 'openai-chat') {
    return { adapter: chat, pass: (request) => pass('/chat/completions', request) }
  }
  if (wire !== 'openai-completions') return undefined
  return { adapter: text, pass: (request) => pass('/completions', request) }
}

function ollamaWire(wire: Wire): NativeWire | undefined {
  if (wire === 'ollama-chat') {
    return { adapter: ollama, pass: (request) => passToOllama('/api/chat', request) }
  }
  if (wire !== 'ollama-generate') return undefined
  return { adapter: ollamaGenerate, pass: (request) => passToOllama('/api/generate', request) }
}
