import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../platform/json.ts'
import { ChatTemplate } from './render-prompt.ts'

const special = { bos: '<s>', eos: '</s>' }

function rendered(
  template: string,
  messages: readonly JsonObject[],
  more: { tools?: readonly JsonObject[]; variables?: JsonObject } = {},
): string {
  const prompt = { kind: 'chat', messages, tools: [], variables: {}, ...more } as const
  return new ChatTemplate(template).render(prompt, special)
}

const plain = '{% for m in messages %}[{{ m.role }}:{{ m.content }}]{% endfor %}'

describe('ChatTemplate', () => {
  it('gives the template its messages, the special tokens and the place of the answer', () => {
    const template = `{{ bos_token }}${plain}{% if add_generation_prompt %}>{% endif %}{{ eos_token }}`
    expect(rendered(template, [{ role: 'user', content: 'hi' }])).toBe('<s>[user:hi]></s>')
  })

  it('takes variables of the request', () => {
    const more = { variables: { enable_thinking: false, add_generation_prompt: false } }
    const template = '{{ enable_thinking }}{{ add_generation_prompt }}'
    expect(rendered(template, [], more)).toBe('falsefalse')
  })

  it('has no tools where none are given', () => {
    const template = '{% if tools is not none %}{{ tools | length }}{% else %}none{% endif %}'
    expect(rendered(template, [])).toBe('none')
    expect(rendered(template, [], { tools: [{ type: 'function' }] })).toBe('1')
  })

  it('knows the functions that templates call', () => {
    expect(rendered("{{ strftime_now('%Y') | length }}", [])).toBe('4')
    expect(() => rendered("{{ raise_exception('No system role') }}", [])).toThrow('No system role')
  })

  it('joins text parts, and an absent content is empty', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    expect(rendered(plain, [{ role: 'user', content: parts }])).toBe('[user:a\nb]')
    expect(rendered(plain, [{ role: 'assistant', content: null }])).toBe('[assistant:]')
  })

  it('hands over parts where the template walks through them', () => {
    const template =
      "{% for message in messages %}{% for part in message['content'] %}({{ part.text }}){% endfor %}{% endfor %}"
    expect(rendered(template, [{ role: 'user', content: 'hi' }])).toBe('(hi)')
  })

  it('gives arguments of tool calls as the object that they are', () => {
    const call = { function: { name: 'f', arguments: '{"x": 1}' } }
    const template =
      '{% for m in messages %}{% for c in m.tool_calls %}{{ c.function.arguments.x }}{% endfor %}{% endfor %}'
    expect(rendered(template, [{ role: 'assistant', content: null, tool_calls: [call] }])).toBe('1')
  })

  it('refuses pictures', () => {
    const content = [{ type: 'image_url', image_url: { url: 'data:' } }]
    const refusal = expect.objectContaining({ status: 400, code: 'unsupported_content' })
    expect(() => rendered(plain, [{ role: 'user', content }])).toThrow(
      expect.objectContaining({ refusal }),
    )
  })

  it('refuses a template that cannot be read', () => {
    const refusal = expect.objectContaining({ status: 400, code: 'chat_template_error' })
    expect(() => rendered('{% if %}', [])).toThrow(expect.objectContaining({ refusal }))
  })
})
