import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startModelStage, type ModelStage } from '../../support/model-stage.ts'
describe.each(['sqlite', 'postgres'] as const)('scratch %s', (dialect) => {
  let s: ModelStage
  beforeAll(async () => { s = await startModelStage({ dialect }) }, 60_000)
  afterAll(() => s[Symbol.asyncDispose]())
  const call = async (p: string, b: unknown) => { const r = await fetch(s.app.url + p, b === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof b === 'string' ? b : JSON.stringify(b) }); return `${r.status} ${(await r.text()).slice(0, 300)}` }
  test('all', async () => {
    const out: string[] = []
    const say = (l: string, r: string) => out.push(`${l}: ${r}`)
    const m = [{ role: 'user', content: 'a\u0000b\ud800' }]
    say('nul model', await call('/v1/playground/chat', { model: 'gpt\u0000\ud800x', messages: m, conversation_id: 'c1' }))
    s.fakes.openai.next({ type: 'raw', status: 400, body: 'bad \u0000 thing \ud800' })
    say('nul err', await call('/v1/playground/chat', { model: 'gpt-4o', messages: m, conversation_id: 'c2' }))
    s.fakes.openai.next({ type: 'raw', body: '{"id":"\\u0000","model":"\\u0000\\ud800","choices":[{"message":{"content":"\\u0000 \\ud800","tool_calls":[{"id":"\\u0000","function":{"name":"\\u0000","arguments":"\\u0000"}}]},"finish_reason":"\\u0000"}],"usage":{"prompt_tokens":3e9,"completion_tokens":9007199254740991}}' })
    say('nul reply', await call('/v1/playground/chat', { model: 'gpt-4o', messages: m, conversation_id: 'c3' }))
    say('trace', await call('/v1/traces/c3', undefined))
    say('traces', await call('/v1/traces', undefined))
    s.fakes.openai.next({ type: 'reply', toolCalls: [{ name: 'x\u0000\ud800', arguments: { a: '\u0000' } }] })
    say('demo', await call('/v1/demo/run', { scenario: 'trip_planner' }))
    await new Promise((r) => setTimeout(r, 500))
    const detail = (await s.app.client.getTrace({ params: { trace_id: 'c1' } })).body
    const id = detail.spans[1]!.span_id
    say('replay', await call('/v1/replay', { span_id: id, modified_attributes: { 'llm.model': 'x\u0000\ud800', 'llm.prompt': '[{"role":"user","content":"\ud800 \\u0000"}]', 'k\u0000': '\u0000' } }))
    s.fakes.openai.next({ type: 'raw', body: '{"choices":[{"message":{"content":"\\u0000 \\ud800"}}]}' })
    say('replay2', await call('/v1/replay', { span_id: id, modified_attributes: {} }))
    say('replays', await call(`/v1/spans/${id}/replays`, undefined))
    say('pv', await call(`/v1/spans/${id}/prompt-versions`, undefined))
    say('analysis', await call('/v1/analysis/summarize', { trace_id: 'c3' }))
    s.fakes.openai.next({ type: 'reply', text: '{"summary":"\u0000","key_events":[]}' })
    say('analysis2', await call('/v1/analysis/summarize', { trace_id: 'c3' }))
    const rs = await Promise.all(Array.from({ length: 50 }, async () => call('/v1/playground/chat', { model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }], conversation_id: 'same' })))
    say('50', [...new Set(rs.map((r) => r.slice(0, 3)))].join())
    say('same', await call('/v1/traces/same', undefined))
    say('cmp', await call('/v1/playground/compare', { models: Array(20).fill('gpt-4o'), messages: m }))
    const all = (await s.app.client.listTraces({ query: { limit: 200 } })).body.traces
    say('unset', JSON.stringify(all.filter((t) => t.status === 'unset')) + ' ' + all.map((t) => t.name + ':' + t.status).join('|'))
    console.log(out.join('\n'))
    expect(1).toBe(1)
  }, 60_000)
})
