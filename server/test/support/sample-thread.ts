/** A thread for tests: does what its calls say. */
import { setTimeout as delay } from 'node:timers/promises'
import { DomainError } from '../../src/platform/domain-error.ts'
import { serveCalls } from '../../src/platform/threads/serve-calls.ts'

export type SampleCall =
  | { readonly do: 'echo'; readonly value: unknown; readonly afterMs?: number }
  | { readonly do: 'bytes'; readonly sizes: readonly number[] }
  | { readonly do: 'members'; readonly sizes: readonly number[] }
  | { readonly do: 'bytes-kept' }
  | { readonly do: 'notify'; readonly notice: string }
  | { readonly do: 'fail'; readonly how: 'domain' | 'error' | 'uncloneable' }
  | { readonly do: 'exit' }
  | { readonly do: 'crash' }

/** What the last reply was made of, to see whether it is gone. */
const given: Uint8Array[] = []

const owner = serveCalls(async (message) => {
  // The calls come from tests that build them by this type.
  const call = message as SampleCall
  switch (call.do) {
    case 'echo':
      await delay(call.afterMs ?? 0)
      return call.value
    case 'bytes':
      return call.sizes.map((size) => new TextEncoder().encode('x'.repeat(size)))
    case 'members':
      given.push(...call.sizes.map((size) => new Uint8Array(size)))
      return { value: { first: given[0], rest: given.slice(1) } }
    case 'bytes-kept':
      return given.map(({ byteLength }) => byteLength)
    case 'notify':
      owner.notify(call.notice)
      return undefined
    case 'fail':
      return fail(call.how)
    case 'exit':
      return process.exit(7)
    case 'crash':
      setImmediate(() => {
        throw new Error('crashed')
      })
      return new Promise(() => undefined)
  }
})

function fail(how: 'domain' | 'error' | 'uncloneable'): unknown {
  if (how === 'domain') {
    throw new DomainError('conflict', 'There already', { details: [1], cause: new Error('why') })
  }
  if (how === 'error') throw new TypeError('a bug')
  return () => undefined
}
