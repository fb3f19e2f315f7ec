import { describe, expect, it } from 'vitest'
import { ingestFixture, type IngestFixtureName } from '../../../test/support/ingest-fixtures.ts'
import { fromIngest } from '../../surfaces/thunder/wire-ingest.ts'
import type { LoggedEvent } from './logged-request.ts'
import { keptSamples, measureSteps, sequenceConfidence } from './metrics.ts'

const blank: LoggedEvent = {
  eventType: 'ForwardPass',
  step: 0,
  sequenceOrder: 0,
  createdAt: null,
  details: null,
  promptLength: null,
  tokensSoFar: null,
  maxSteps: null,
  inputText: null,
  topTokens: null,
  sampledToken: null,
  tokenText: null,
  addedTokens: null,
  addedTokenCount: null,
  forced: null,
}
const forward = (topTokens: unknown): LoggedEvent => ({ ...blank, topTokens })
const sampled = (sampledToken: number): LoggedEvent => ({
  ...blank,
  eventType: 'Sampled',
  sampledToken,
})
const added = (token: number, forced = false): LoggedEvent => ({
  ...blank,
  eventType: 'Added',
  addedTokens: [token],
  forced,
})

describe('a step', () => {
  it('is measured by the ForwardPass before it', () => {
    const list = [
      { token: 1, logprob: Math.log(0.5) },
      { token: 2, logprob: Math.log(0.25) },
      { token: 3, logprob: Math.log(0.25) },
    ]
    const [measure] = measureSteps([forward(list), sampled(2)])
    expect(measure?.prob).toBeCloseTo(0.25, 12)
    expect(measure?.logprob).toBeCloseTo(-1.3862943611198906, 12)
    expect(measure?.surprisal).toBeCloseTo(1.3862943611198906, 12)
    // 1/2 ln 2 + 2 · 1/4 ln 4
    expect(measure?.entropy).toBeCloseTo(1.5 * Math.LN2, 12)
    expect(measure?.flatness).toBeCloseTo((1.5 * Math.LN2) / Math.log(3), 12)
  })

  it('is flat only among the likeliest tokens that reach nine tenths', () => {
    const list = [
      { token: 1, prob: 0.45 },
      { token: 2, prob: 0.45 },
      { token: 3, prob: 0.1 },
    ]
    expect(measureSteps([forward(list), sampled(1)])[0]?.flatness).toBeCloseTo(1, 12)
    const clear = [
      { token: 1, prob: 0.95 },
      { token: 2, prob: 0.05 },
    ]
    expect(measureSteps([forward(clear), sampled(1)])[0]?.flatness).toBe(0)
  })

  it('takes the nearest list and none from before the last Added', () => {
    const events = [
      forward([{ token: 1, prob: 0.5 }]),
      forward([{ token: 1, prob: 0.25 }]),
      sampled(1),
      added(1),
      sampled(1),
    ]
    expect(measureSteps(events).map(({ prob }) => prob)).toEqual([0.25, null])
  })

  it('has no probability when the list lacks its token, or is no list', () => {
    const [missing] = measureSteps([forward([{ token: 1, prob: 0.5 }]), sampled(2)])
    expect(missing).toMatchObject({ prob: null, logprob: null, surprisal: null })
    expect(missing?.entropy).toBeCloseTo(0.5 * Math.LN2, 12)
    const [without] = measureSteps([forward('what is this'), sampled(2)])
    expect(without).toMatchObject({ prob: null, entropy: null, flatness: null })
  })

  it('passes over what is no candidate', () => {
    const odd = [null, 7, { token: 'x' }, { token: 1, logprob: '0' }, { token: 1, prob: 0.5 }]
    expect(measureSteps([forward(odd), sampled(1)])[0]?.prob).toBe(0.5)
  })
})

describe('sequence confidence', () => {
  it('is the geometric mean of the counted probabilities', () => {
    expect(sequenceConfidence([0.5, 0.125, 0.9, null], [true, true, false, true])).toBeCloseTo(
      0.25,
      12,
    )
  })

  it('bounds each probability and is null without any', () => {
    expect(sequenceConfidence([0], [true])).toBeCloseTo(1e-32, 40)
    expect(sequenceConfidence([2], [true])).toBe(1)
    expect(sequenceConfidence([0.5, null], [false, true])).toBeNull()
  })

  const confidenceOf = (name: IngestFixtureName) => {
    const request = fromIngest(ingestFixture(name))
    const probabilities = measureSteps(request.events).map(({ prob }) => prob)
    return sequenceConfidence(probabilities, keptSamples(request, [...request.events.keys()]))
  }

  it('leaves out a sampled token that the list does not hold', () => {
    // ' is' and ' the' of the recording; the list of ' kept' lacks it.
    const expected = Math.exp((-1.6954925060272217 - 1.7747163772583008) / 2)
    expect(confidenceOf('emit-error')).toBeCloseTo(expected, 12)
  })

  it('leaves out tokens that were taken back, the pending one of a Sampled among them', () => {
    // Worked out by hand: ' lens', ' and', ' a' go with the first Backtrack, ' The' with the second.
    const kept = [
      -4.836626052856445, -1.6777644157409668, -2.3633763790130615, -1.5967698097229004,
      -0.26280879974365234, -1.377697229385376, -1.022961139678955, -1.3386414051055908,
      -1.3829596042633057, -1.246654987335205, -1.511735200881958, -1.3883390426635742,
    ]
    const mean = kept.reduce((sum, logprob) => sum + logprob, 0) / kept.length
    expect(confidenceOf('backtrack')).toBeCloseTo(Math.exp(mean), 12)
  })
})

describe('a sampled token', () => {
  const keptOf = (events: LoggedEvent[]) =>
    keptSamples({ events, modCalls: [], actions: [] }, [...events.keys()])

  it('does not count when another was forced in its place', () => {
    expect(keptOf([sampled(1), added(9, true), sampled(2), added(2)])).toEqual([false, true])
  })

  it('counts when a forced token follows a step of its own', () => {
    expect(keptOf([sampled(1), added(1), forward([]), added(9, true)])).toEqual([true])
  })
})
