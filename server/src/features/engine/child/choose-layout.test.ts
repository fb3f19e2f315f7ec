import { describe, expect, it } from 'vitest'
import { chooseLayout } from './choose-layout.ts'

const machine = { cores: 8, processors: 16, maxThreads: null, isOnGpu: false }

describe('chooseLayout', () => {
  it('gives each sequence of a small model a context and one thread', () => {
    expect(chooseLayout(50e6, {}, machine)).toEqual({ sequences: 4, threads: 1, isShared: false })
  })

  it('computes the sequences of a large model together on all cores', () => {
    expect(chooseLayout(4e9, {}, machine)).toEqual({ sequences: 4, threads: 8, isShared: true })
  })

  it('computes everything together on a GPU', () => {
    expect(chooseLayout(50e6, {}, { ...machine, isOnGpu: true }).isShared).toBe(true)
  })

  it('does what the plan says, within the limit of the server', () => {
    const options = { threads: 6, parallel: 2 }
    expect(chooseLayout(50e6, options, machine)).toMatchObject({ sequences: 2, threads: 6 })
    expect(chooseLayout(4e9, options, { ...machine, maxThreads: 3 }).threads).toBe(3)
  })

  it('has no more threads than the machine can run at once, whoever asks', () => {
    expect(chooseLayout(50e6, { threads: 1024 }, machine).threads).toBe(16)
    const small = { ...machine, cores: 2, processors: 2, maxThreads: 64 }
    expect(chooseLayout(4e9, { threads: 12 }, small).threads).toBe(2)
  })
})
