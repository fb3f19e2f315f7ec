import { expect, it, test } from 'vitest'
import { DomainError } from '../../platform/domain-error.ts'
import { readContextParams } from './context-params.ts'

test.each([
  [null, {}],
  [undefined, {}],
  [{}, {}],
  [[], {}],
  [
    { n_seed: 4294967295, n_threads: 2, n_ctx: 4096, n_parallel: 4, n_predict: 100, n_keep: 5 },
    { seed: 4294967295, threads: 2, contextSize: 4096, parallel: 4, maxTokens: 100 },
  ],
  [{ n_ctx: null, n_seed: 0 }, { seed: 0 }],
  [{ n_ctx: 0, n_predict: -1, n_threads: -1 }, {}],
  [['--ctx-size 4096', '--threads 8'], { contextSize: 4096, threads: 8 }],
  [
    ['-c', '4096', '-t 8 -np 2', '-s 1 -n 5 -b 512'],
    {
      contextSize: 4096,
      threads: 8,
      parallel: 2,
      seed: 1,
      maxTokens: 5,
      batchSize: 512,
    },
  ],
  [['--ctx-size=100', '--ctx-size = 200'], { contextSize: 200 }],
  [['--ctx-size 100', '--ctx-size 0'], {}],
  [['--predict 5', '--n-predict -1'], {}],
  [['--seed -1', '--keep -1', '--keep 5'], {}],
  [['-fa'], { flashAttention: true }],
  [['-fa', '-c 5'], { flashAttention: true, contextSize: 5 }],
  [['-fa off -c 5'], { flashAttention: false, contextSize: 5 }],
  [['--flash-attn', 'on'], { flashAttention: true }],
  [['--flash-attn on', '--flash-attn auto'], {}],
  [['--mlock --no-mmap'], { keepInMemory: true, mapsFile: false }],
  [['--no-mmap', '--mmap'], { mapsFile: true }],
  [['--chat-template {% if a %} -c 5'], { chatTemplate: '{% if a %} -c 5' }],
  [['--chat-template', '{{ a }}\n -c', '-c 5'], { chatTemplate: '{{ a }}\n -c', contextSize: 5 }],
  [['--chat-template=-{{ a }}'], { chatTemplate: '-{{ a }}' }],
  [['--jinja --no-webui', '--embeddings', '--verbose', ' '], {}],
])('%j is read', (params, options) => {
  expect(readContextParams(params)).toStrictEqual(options)
})

test.each([
  ['--log-file', ['--log-file /tmp/x']],
  ['--model', ['--model=/etc/passwd']],
  ['--host', ['-c 5 --host 0.0.0.0']],
  ['4096', ['4096']],
  ['5', ['--mlock 5']],
  ['--ctx-size', ['--ctx-size']],
  ['--ctx-size', ['--ctx-size -t 5']],
  ['--ctx-size', ['--ctx-size 10000001']],
  ['-c', ['-c -1']],
  ['-c', ['-c 1e3']],
  ['-c', ['-c 4k']],
  ['--seed', ['--seed 4294967296']],
  ['--parallel', ['--parallel 0']],
  ['--flash-attn', ['--flash-attn maybe']],
  ['--chat-template', ['--chat-template chatml']],
  ['--chat-template', ['--chat-template']],
  ['context_params', [5]],
  ['context_params', '--ctx-size 5'],
  ['n_batch', { n_batch: 5 }],
  ['n_ctx', { n_ctx: '4096' }],
  ['n_ctx', { n_ctx: 1.5 }],
  ['n_ctx', { n_ctx: -1 }],
  ['n_ctx', { n_ctx: 1e300 }],
  ['__proto__', JSON.parse('{"__proto__": 5}')],
])('%s is named in %j', (param, params) => {
  const refuse = () => readContextParams(params)
  expect(refuse).toThrow(DomainError)
  expect(refuse).toThrow(expect.objectContaining({ code: 'invalid', details: { param } }))
})

it('leaves what it was given alone', () => {
  const lines = ['-c 5', '-t 1']
  readContextParams(lines)
  expect(lines).toEqual(['-c 5', '-t 1'])
})
