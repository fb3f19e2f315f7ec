import type { ConnectionKind } from './connection.ts'

/** What every server knows of a provider without being told. */
export interface BuiltIn {
  readonly kind: ConnectionKind
  readonly label: string
  readonly baseUrl: string
  readonly needsKey: boolean
}

/**
 * Source: rulings §4 (names); the base URLs are the providers' public ones. What runs in this process
 * has no address: its word names no place on any network, so nothing can be sent there.
 */
export const builtIns = {
  openai: {
    kind: 'openai',
    label: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    needsKey: true,
  },
  anthropic: {
    kind: 'anthropic',
    label: 'Anthropic',
    baseUrl: 'https://api.anthropic.com',
    needsKey: true,
  },
  google: {
    kind: 'google',
    label: 'Google',
    baseUrl: 'https://generativelanguage.googleapis.com',
    needsKey: true,
  },
  ollama: {
    kind: 'ollama',
    label: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434',
    needsKey: false,
  },
  deepseek: {
    kind: 'openai-compatible',
    label: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    needsKey: true,
  },
  deepinfra: {
    kind: 'openai-compatible',
    label: 'DeepInfra',
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    needsKey: true,
  },
  local: {
    kind: 'local',
    label: 'Local engine',
    baseUrl: 'local:',
    needsKey: false,
  },
} as const satisfies Readonly<Record<string, BuiltIn>>

export type BuiltInName = keyof typeof builtIns

export const builtInNames = Object.keys(builtIns).filter(isBuiltIn)

export function isBuiltIn(name: string): name is BuiltInName {
  return Object.hasOwn(builtIns, name)
}
