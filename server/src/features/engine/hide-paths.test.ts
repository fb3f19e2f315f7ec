import { describe, expect, it } from 'vitest'
import { hidePaths } from './hide-paths.ts'

const plan = { name: 'user/repo:Q4', path: '/home/jo doe/hub/models--user--repo/blobs/x.gguf' }

describe('hidePaths', () => {
  it.each([
    [`failed to load model from ${plan.path}`, 'failed to load model from user/repo:Q4'],
    [`failed to load '${plan.path}': cut`, "failed to load 'user/repo:Q4': cut"],
    ["EACCES: permission denied, open '/srv/a b'", "EACCES: permission denied, open 'a b'"],
    ["ELOOP: too many links, open '/srv/models/b.gguf'", "ELOOP: too many links, open 'b.gguf'"],
    ['at run (file:///srv/app/child/load.ts:3:1)', 'at run (load.ts:3:1)'],
    [
      '/build/llama.cpp/ggml.c:12: GGML_ASSERT(a / b > 0) failed',
      'ggml.c:12: GGML_ASSERT(a / b > 0) failed',
    ],
    [String.raw`cannot open C:\Users\jo\model.gguf`, 'cannot open model.gguf'],
  ])('makes of %j %j', (said, shown) => {
    expect(hidePaths(said, plan)).toBe(shown)
  })

  it.each(['see https://example.com/a/b', 'and/or, 3/4 of it, user/repo:Q4', 'a / b / c', ''])(
    'leaves %j as it is',
    (text) => expect(hidePaths(text, plan)).toBe(text),
  )
})
