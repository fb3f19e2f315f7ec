import { expect, test } from 'vitest'
import { type FakeProviderKind, startFakeProvider } from '../fake-provider.ts'
import { type Asked, changed, postTo, smallestRequest } from './requests.ts'

const gpt = smallestRequest('openai')
const claude = smallestRequest('anthropic')
const gemini = smallestRequest('google')
const llama = smallestRequest('ollama')
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
const use = { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] }
const again = { role: 'user', content: 'And?' }

const refusals: readonly [FakeProviderKind, string, Asked, number, object][] = [
  ['openai', 'no key', { ...gpt, headers: {} }, 401, { error: { type: 'invalid_request_error' } }],
  ['openai', 'another path', { ...gpt, path: '/completions' }, 404, { error: { param: null } }],
  ['openai', 'no model', changed(gpt, { model: null }), 400, { error: { code: null } }],
  ['openai', 'no messages', changed(gpt, { messages: null }), 400, { error: {} }],
  [
    'openai',
    'max_tokens for a reasoning model',
    changed(gpt, { model: 'o3-mini', max_tokens: 5 }),
    400,
    { error: { code: 'unsupported_parameter' } },
  ],
  [
    'openai',
    'a temperature for a reasoning model',
    changed(gpt, { model: 'o4-mini', temperature: 0.5 }),
    400,
    { error: { code: 'unsupported_value' } },
  ],
  [
    'openai',
    'a tool call without its answer',
    changed(gpt, { messages: [{ role: 'assistant', content: null, tool_calls: [call] }, again] }),
    400,
    { error: {} },
  ],
  [
    'openai',
    'an answer to no tool call',
    changed(gpt, { messages: [{ role: 'tool', tool_call_id: 'c', content: '' }] }),
    400,
    { error: {} },
  ],
  [
    'anthropic',
    'no key',
    { ...claude, headers: { 'anthropic-version': '2023-06-01' } },
    401,
    { type: 'error', error: { type: 'authentication_error' } },
  ],
  [
    'anthropic',
    'no version',
    { ...claude, headers: { 'x-api-key': 'k' } },
    400,
    { error: { type: 'invalid_request_error' } },
  ],
  ['anthropic', 'another path', { ...claude, path: '/v1/chat' }, 404, { type: 'error' }],
  ['anthropic', 'no max_tokens', changed(claude, { max_tokens: null }), 400, { type: 'error' }],
  ['anthropic', 'an unknown field', changed(claude, { seed: 1 }), 400, { type: 'error' }],
  ['anthropic', 'too hot', changed(claude, { temperature: 1.5 }), 400, { type: 'error' }],
  [
    'anthropic',
    'a system message',
    changed(claude, { messages: [{ role: 'system', content: 'x' }] }),
    400,
    { error: { message: 'messages: Unexpected role "system".' } },
  ],
  [
    'anthropic',
    'a tool use without its result',
    changed(claude, { messages: [use, again] }),
    400,
    { type: 'error' },
  ],
  [
    'anthropic',
    'thinking beyond the limit',
    changed(claude, { thinking: { type: 'enabled', budget_tokens: 2000 } }),
    400,
    { type: 'error' },
  ],
  ['google', 'no key', { ...gemini, headers: {} }, 403, { error: { status: 'PERMISSION_DENIED' } }],
  ['google', 'another path', { ...gemini, path: '/v1beta/x' }, 404, { error: { code: 404 } }],
  [
    'google',
    'no contents',
    changed(gemini, { contents: null }),
    400,
    { error: { status: 'INVALID_ARGUMENT' } },
  ],
  [
    'google',
    'an unknown option',
    changed(gemini, { generationConfig: { max_tokens: 1 } }),
    400,
    { error: { code: 400 } },
  ],
  [
    'google',
    'an unknown role',
    changed(gemini, { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }),
    400,
    { error: { code: 400 } },
  ],
  [
    'ollama',
    'another path',
    { ...llama, path: '/api/chats' },
    404,
    { error: '404 page not found' },
  ],
  ['ollama', 'no model', changed(llama, { model: null }), 400, { error: 'model is required' }],
  [
    'ollama',
    'content in parts',
    changed(llama, { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }),
    400,
    { error: expect.stringContaining('unmarshal') },
  ],
]

test.each(refusals)('%s refuses: %s', async (...row) => {
  const [kind, , asked, status, body] = row
  await using provider = await startFakeProvider(kind)
  provider.next({ type: 'reply', text: 'kept for later' })
  const response = await postTo(provider, asked)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject(body)
  expect(provider.requests[0]?.refused).toMatchObject({ status })
  const next = await postTo(provider, smallestRequest(kind))
  expect(await next.text()).toContain('kept for later')
})
