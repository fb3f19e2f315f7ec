/**
 * What an engine leaves out: how sure it was at each step. Natural logarithms throughout.
 * Source: rulings §9 (last paragraph), thunder contract §8.5.
 */
import { isJsonObject } from '../../platform/json.ts'
import { figureOf } from './logged-request.ts'
import type { LoggedAction, LoggedEvent, ModCall } from './logged-request.ts'

/** Of one sampled token; null where the engine's list does not tell. */
export interface StepMeasure {
  readonly prob: number | null
  readonly logprob: number | null
  readonly surprisal: number | null
  /** Over the list as it was given, which need not add up to one. */
  readonly entropy: number | null
  /** 0 for a choice that was clear, 1 for one among equals. */
  readonly flatness: number | null
}

interface Candidate {
  readonly token: number
  readonly logprob: number
}

const topP = 0.9
const leastProbability = 1e-32

const unmeasured: StepMeasure = {
  prob: null,
  logprob: null,
  surprisal: null,
  entropy: null,
  flatness: null,
}

/** One measure for each Sampled event, in the order of the events. */
export function measureSteps(events: readonly LoggedEvent[]): StepMeasure[] {
  let candidates: readonly Candidate[] | undefined
  const measures: StepMeasure[] = []
  for (const event of events) {
    if (event.eventType === 'ForwardPass') candidates = toCandidates(event.topTokens)
    else if (event.eventType === 'Added') candidates = undefined
    else if (event.eventType === 'Sampled') {
      measures.push(candidates ? measure(candidates, event.sampledToken) : unmeasured)
    }
  }
  return measures
}

function measure(candidates: readonly Candidate[], sampled: number | null): StepMeasure {
  const found = candidates.find(({ token }) => token === sampled)
  const logprob = found?.logprob ?? null
  const spread = { entropy: entropyOf(candidates), flatness: flatnessOf(candidates) }
  if (logprob === null) return { ...unmeasured, ...spread }
  return { prob: finite(Math.exp(logprob)), logprob, surprisal: 0 - logprob, ...spread }
}

/** Reads `{token, logprob}` or `{token, prob}`; anything else in the list is passed over. */
function toCandidates(topTokens: unknown): readonly Candidate[] {
  if (!Array.isArray(topTokens)) return []
  return topTokens.flatMap((entry: unknown): Candidate[] => {
    if (!isJsonObject(entry)) return []
    const { token, logprob, prob } = entry
    if (typeof token !== 'number') return []
    const value = typeof logprob === 'number' ? logprob : toLogprob(prob)
    return Number.isFinite(value) ? [{ token, logprob: value }] : []
  })
}

function toLogprob(prob: unknown): number {
  return typeof prob === 'number' ? Math.log(prob) : Number.NaN
}

function entropyOf(candidates: readonly Candidate[]): number | null {
  if (candidates.length === 0) return null
  return finite(candidates.reduce((sum, { logprob }) => sum - Math.exp(logprob) * logprob, 0))
}

/**
 * Entropy of the likeliest tokens that together reach top-p (or of all, if they do not), made to
 * add up to one, as a share of the greatest that their number allows.
 */
function flatnessOf(candidates: readonly Candidate[]): number | null {
  const probabilities = candidates.map(({ logprob }) => Math.exp(logprob)).sort((a, b) => b - a)
  let mass = 0
  let size = 0
  for (const probability of probabilities) {
    if (mass >= topP) break
    mass += probability
    size += 1
  }
  if (size === 0 || mass === 0) return null
  if (size === 1) return 0
  const entropy = probabilities.slice(0, size).reduce((sum, probability) => {
    const share = probability / mass
    return share === 0 ? sum : sum - share * Math.log(share)
  }, 0)
  return finite(entropy / Math.log(size))
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/**
 * exp of the mean log probability of the tokens that the model chose itself: sampled, not forced
 * and not taken back. Null when there is none of them whose probability is known.
 */
export function sequenceConfidence(
  probabilities: readonly (number | null)[],
  isCounted: readonly boolean[],
): number | null {
  const counted = probabilities.filter(
    (probability, index): probability is number =>
      probability !== null && isCounted[index] === true,
  )
  if (counted.length === 0) return null
  const sum = counted.reduce(
    (total, p) => total + Math.log(Math.max(leastProbability, Math.min(1, p))),
    0,
  )
  return Math.exp(sum / counted.length)
}

/** An added token, and the Sampled event it came from. */
type Source = number | undefined

export interface Linked {
  readonly events: readonly LoggedEvent[]
  readonly modCalls: readonly ModCall[]
  readonly actions: readonly LoggedAction[]
}

/**
 * For each Sampled event, in the given order of events (positions in `events`), whether its token
 * was the model's own and stayed. A Backtrack takes the last tokens of the sequence with it; one
 * that answers a Sampled drops that token too, which had not been added yet.
 */
export function keptSamples({ events, modCalls, actions }: Linked, order: readonly number[]) {
  const backtracks = backtracksByEvent(modCalls, actions)
  const dropped = new Set<number>()
  const sequence: Source[] = []
  const samples: number[] = []
  let pending: Source
  for (const position of order) {
    const event = events[position]
    if (!event) continue
    if (event.eventType === 'ForwardPass') pending = undefined
    if (event.eventType === 'Sampled') {
      samples.push(position)
      pending = position
      if (event.forced === true) dropped.add(position)
    }
    if (event.eventType === 'Added') {
      const isForced = event.forced === true
      if (isForced && pending !== undefined) dropped.add(pending)
      for (let index = 0; index < addedCount(event); index += 1) {
        sequence.push(index === 0 && !isForced ? pending : undefined)
      }
      pending = undefined
    }
    const steps = backtracks.get(position)
    if (steps === undefined) continue
    if (pending !== undefined) dropped.add(pending)
    pending = undefined
    for (const source of sequence.splice(Math.max(0, sequence.length - steps))) {
      if (source !== undefined) dropped.add(source)
    }
  }
  return samples.map((position) => !dropped.has(position))
}

function addedCount({ addedTokens, addedTokenCount }: LoggedEvent): number {
  return addedTokens?.length ?? Math.min(Math.max(addedTokenCount ?? 1, 0), 1)
}

/** How many tokens each event's mods took back, by the event's position. */
function backtracksByEvent(modCalls: readonly ModCall[], actions: readonly LoggedAction[]) {
  const steps = new Map<number, number>()
  for (const action of actions) {
    if (action.actionType !== 'Backtrack') continue
    const call = modCalls[action.modCall]
    if (!call) continue
    const count = figureOf(action, 'backtrack_steps')
    const taken = typeof count === 'number' && count > 0 ? Math.floor(count) : 0
    steps.set(call.event, (steps.get(call.event) ?? 0) + taken)
  }
  return steps
}
