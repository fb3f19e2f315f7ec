import { describe, expect, it } from 'vitest'
import { readAnswer } from './read-answer.ts'

const json = '{"summary":"s","key_events":[{"span_id":"a","description":"d"}]}'
const answer = { summary: 's', key_events: [{ span_id: 'a', description: 'd' }] }

describe('readAnswer', () => {
  it.each([
    ['bare', json],
    ['with blanks around', `\n  ${json}  \n`],
    ['in a fence', `\`\`\`\n${json}\n\`\`\``],
    ['in a fence with a language', `\`\`\`json\n${json}\n\`\`\`  `],
    ['in a fence that is not closed', `\`\`\`json\n${json}`],
    ['inside prose', `Sure! ${json} Is that all?`],
  ])('reads JSON %s', (_how, text) => {
    expect(readAnswer('summarize', text)).toEqual(answer)
  })

  it.each(['', 'no', '{', '}{', '[1]', '```'])('refuses %j as no JSON object', (text) => {
    expect(() => readAnswer('summarize', text)).toThrow(/invalid JSON|expected schema/)
  })

  it('names what an answer lacks', () => {
    expect(() => readAnswer('summarize', '{"summary":"s"}')).toThrow('key_events')
  })

  it('takes numbers in quotes, and no other text for a number', () => {
    const cause = { root_cause: 'r', affected_spans: [], suggested_fix: 'f' }
    const read = (confidence: unknown) =>
      readAnswer('root-cause', JSON.stringify({ ...cause, confidence })).confidence
    expect([read(0.5), read('0.5'), read(' 1 ')]).toEqual([0.5, 0.5, 1])
    expect(() => read('high')).toThrow('confidence')
    expect(() => read('')).toThrow('confidence')
    expect(() => read('9'.repeat(400))).toThrow('confidence')
    expect(() => read(null)).toThrow('confidence')
  })

  it('leaves out what was not asked for and makes counts whole', () => {
    const text = JSON.stringify({
      patterns: [
        {
          pattern_name: 'p',
          count: 2.0,
          example_trace_ids: [],
          common_root_cause: 'c',
          category: 'timeout',
          mood: 'good',
        },
      ],
      more: 1,
    })
    expect(readAnswer('error-patterns', text)).toEqual({
      patterns: [
        {
          pattern_name: 'p',
          count: 2,
          example_trace_ids: [],
          common_root_cause: 'c',
          category: 'timeout',
        },
      ],
    })
  })
})
