import { DomainError } from '../../src/platform/domain-error.ts'
import { defineJob } from '../../src/platform/threads/workroom.ts'

const module = import.meta.url

/** Jobs that behave, and that do not. */
export const reverseJob = defineJob<string, string>({
  module,
  name: 'reverseJob',
  run: async (text) => text.split('').toReversed().join(''),
})

export const hangJob = defineJob<null, null>({
  module,
  name: 'hangJob',
  run: async () => {
    while (true) Math.random()
  },
})

export const neverJob = defineJob<null, null>({
  module,
  name: 'neverJob',
  run: () => new Promise(() => undefined),
})

/** Has no work for so many milliseconds. */
export const restJob = defineJob<number, string>({
  module,
  name: 'restJob',
  run: (ms) => new Promise((resolve) => setTimeout(resolve, ms, 'rested')),
})

export const eatJob = defineJob<null, number>({
  module,
  name: 'eatJob',
  run: async () => {
    const eaten: number[][] = []
    while (true) eaten.push(Array.from({ length: 10_000 }, () => Math.random()))
  },
})

export const spillJob = defineJob<{ readonly depth: number; readonly length: number }, unknown>({
  module,
  name: 'spillJob',
  run: async ({ depth, length }) => {
    let value: unknown = 'x'.repeat(length)
    for (let level = 0; level < depth; level++) value = { value }
    return value
  },
})

export const refuseJob = defineJob<string, never>({
  module,
  name: 'refuseJob',
  run: async (reason) => {
    throw new DomainError('invalid', reason)
  },
})
