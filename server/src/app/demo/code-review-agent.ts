import type { Message, Recording } from './recording.ts'

const source = `export function average(prices) {
  let total = 0
  for (const price of prices) total += price
  return total / prices.length
}
`
const repaired = source.replace('  let total', '  if (prices.length === 0) return 0\n  let total')

const failedRun = `not ok 2 - the average of an empty cart is 0
  expected: 0
  actual: NaN
# tests 3
# pass 2
# fail 1
`
const cleanRun = `ok 1 - the average of one price is that price
ok 2 - the average of an empty cart is 0
ok 3 - the average of three prices
# tests 3
# pass 3
# fail 0
`

const readCall = { id: 'toolu_read_1', name: 'read_file', input: { path: 'src/average.js' } }
const testCall = { id: 'toolu_test_1', name: 'run_tests', input: { path: 'test/average.test.js' } }
const writeCall = {
  id: 'toolu_write_1',
  name: 'write_file',
  input: { path: 'src/average.js', content: repaired },
}
const againCall = { id: 'toolu_test_2', name: 'run_tests', input: testCall.input }

const review =
  'average() divides by the length of the list, so an empty cart gave NaN. I added an early ' +
  'return of 0 and ran the tests: 3 of 3 pass. Consider refusing negative prices as well.'

function asks(call: { readonly id: string }): Message {
  return { role: 'assistant', content: [{ type: 'tool_use', ...call }] }
}

function answers({ id }: { readonly id: string }, content: string): Message {
  return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] }
}

const reviewer: readonly Message[] = [
  {
    role: 'system',
    content: 'You review pull requests. Read the code, run the tests, repair what is broken.',
  },
  { role: 'user', content: 'Please review the change to src/average.js.' },
  asks(readCall),
  answers(readCall, source),
  asks(testCall),
  answers(testCall, failedRun),
  asks(writeCall),
  answers(writeCall, 'written'),
  asks(againCall),
  answers(againCall, cleanRun),
]

const titler: readonly Message[] = [
  { role: 'user', content: `Give this review a title of at most eight words.\n\n${review}` },
]

const model = 'claude-sonnet-4-6'
const reviewTurn = { in: 'root', name: model, model, conversation: 'reviewer' } as const
const testCommand = {
  'shell.command': 'node --test test/average.test.js',
  'shell.cwd': '/workspace/cart',
}

/** A shell command that fails, the repair, and the same command again. */
export const codeReviewAgent: Recording = {
  key: 'code-review-agent',
  sdkLanguage: 'javascript',
  secondsAgo: 780,
  conversations: { reviewer, titler },
  steps: [
    {
      key: 'root',
      type: 'agent_step',
      name: 'Demo: Code review agent',
      fromMs: 0,
      toMs: 19_870,
      attributes: {
        'agent.step_name': 'review',
        'agent.input': 'Please review the change to src/average.js.',
        'agent.output': review,
      },
    },
    {
      ...reviewTurn,
      key: 'turn-1',
      reads: 2,
      completion: 'I will read the file first.',
      toolCalls: [readCall],
      fromMs: 9,
      toMs: 2120,
    },
    {
      key: 'read',
      in: 'root',
      type: 'file_operation',
      name: 'Read src/average.js',
      fromMs: 2131,
      toMs: 2136,
      attributes: {
        'file.operation': 'read',
        'file.path': 'src/average.js',
        'file.size_bytes': source.length,
        'file.content': source,
      },
    },
    {
      ...reviewTurn,
      key: 'turn-2',
      reads: 4,
      completion: 'An empty list looks risky. Let me run the tests.',
      toolCalls: [testCall],
      fromMs: 2148,
      toMs: 4630,
    },
    {
      key: 'tests-1',
      in: 'root',
      type: 'shell_command',
      name: 'node --test',
      error: 'Command failed with exit code 1',
      fromMs: 4641,
      toMs: 5902,
      attributes: {
        ...testCommand,
        'shell.returncode': 1,
        'shell.stdout': failedRun,
        'shell.stderr': '',
      },
    },
    {
      ...reviewTurn,
      key: 'turn-3',
      reads: 6,
      completion: 'The average of an empty cart is NaN. I will return 0 early.',
      toolCalls: [writeCall],
      fromMs: 5915,
      toMs: 10_044,
    },
    {
      key: 'write',
      in: 'root',
      type: 'file_operation',
      name: 'Write src/average.js',
      fromMs: 10_055,
      toMs: 10_061,
      attributes: {
        'file.operation': 'write',
        'file.path': 'src/average.js',
        'file.size_bytes': repaired.length,
        'file.content': repaired,
      },
    },
    {
      ...reviewTurn,
      key: 'turn-4',
      reads: 8,
      completion: 'Now the tests once more.',
      toolCalls: [againCall],
      fromMs: 10_070,
      toMs: 11_985,
    },
    {
      key: 'tests-2',
      in: 'root',
      type: 'shell_command',
      name: 'node --test',
      fromMs: 11_996,
      toMs: 13_204,
      attributes: {
        ...testCommand,
        'shell.returncode': 0,
        'shell.stdout': cleanRun,
        'shell.stderr': '',
      },
    },
    {
      ...reviewTurn,
      key: 'turn-5',
      reads: 10,
      completion: review,
      fromMs: 13_215,
      toMs: 17_960,
    },
    {
      key: 'title',
      in: 'root',
      name: 'claude-haiku-4-5-20251001',
      model: 'claude-haiku-4-5-20251001',
      conversation: 'titler',
      reads: 1,
      completion: 'Guard the average against an empty cart',
      fromMs: 17_971,
      toMs: 18_850,
    },
    {
      key: 'post',
      in: 'root',
      type: 'tool_use',
      name: 'post_review',
      fromMs: 18_862,
      toMs: 19_858,
      attributes: {
        'tool.name': 'post_review',
        'tool.input': JSON.stringify({ verdict: 'approve', body: review }),
        'tool.output': '{"posted":true}',
      },
    },
  ],
}
