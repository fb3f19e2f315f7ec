import type { FakeProvider, FakeProviderKind } from '../fake-provider.ts'

/** A request as one API takes it. */
export interface Asked {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/** The smallest request that each API takes, for a whole answer or a stream. */
export function smallestRequest(kind: FakeProviderKind, isStream = false): Asked {
  const messages = [{ role: 'user', content: 'Hi' }]
  switch (kind) {
    case 'openai': {
      const asStream = { stream: true, stream_options: { include_usage: true } }
      return {
        path: '/chat/completions',
        headers: { authorization: 'Bearer k' },
        body: { model: 'gpt-4o', messages, ...(isStream ? asStream : {}) },
      }
    }
    case 'anthropic':
      return {
        path: '/v1/messages',
        headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
        body: { model: 'claude-sonnet-4-6', max_tokens: 100, messages, stream: isStream },
      }
    case 'google': {
      const verb = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'
      return {
        path: `/v1beta/models/gemini-2.5-flash:${verb}`,
        headers: { 'x-goog-api-key': 'k' },
        body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      }
    }
    case 'ollama':
      return {
        path: '/api/chat',
        headers: {},
        body: { model: 'llama3.2', messages, stream: isStream },
      }
  }
}

/** Sends it to a provider. */
export async function postTo(
  provider: FakeProvider,
  { path, headers, body }: Asked,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const init = { method: 'POST', headers: { ...headers }, body: JSON.stringify(body), signal }
  return fetch(`${provider.url}${path}`, init)
}

/** The same with other fields of the body; null takes one out. */
export function changed(asked: Asked, fields: Readonly<Record<string, unknown>>): Asked {
  const entries = Object.entries({ ...asked.body, ...fields })
  return { ...asked, body: Object.fromEntries(entries.filter(([, value]) => value !== null)) }
}
