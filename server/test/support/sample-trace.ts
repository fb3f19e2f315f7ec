import type { TokenTrace } from '../../src/features/engine/index.ts'

export interface SampleTrace {
  readonly tokens: number
  /** Alternatives of each. */
  readonly top: number
}

/** A trace in which token n is the likeliest with a probability of a half, and the next ones follow. */
export function sampleTrace({ tokens, top }: SampleTrace): TokenTrace {
  return {
    prompt: { text: '<s>Say hi', tokens: [1, 7, 8] },
    tokens: Array.from({ length: tokens }, (_, index) => ({
      id: index,
      text: ` t${index}`,
      logprob: Math.log(0.5),
      top: Array.from({ length: top }, (__, place) => ({
        id: index + place,
        text: ` t${index + place}`,
        logprob: Math.log(0.5 ** (place + 1)),
      })),
      at: 1_700_000_000.5 + index / 1000,
    })),
  }
}
