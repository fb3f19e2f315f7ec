import { setImmediate as otherTurn } from 'node:timers/promises'
import { defineJob, type Workroom } from '../../platform/threads/workroom.ts'
import { mostSteps, planTokenLog, type TokenLog } from './plan-token-log.ts'
import type { TokenTrace, TracedCall, TracedToken } from './token-trace.ts'

/** Choices and alternatives that are planned at once; more go to the workroom. */
const inlineChoices = 1000
/** What becomes text in one turn of the event loop: a few milliseconds' work. */
const turnChoices = 4000

/** Plans the log of a call's tokens where that does not hold up others. */
export async function prepareTokenLog(
  workroom: Pick<Workroom, 'run'>,
  { span, trace }: TracedCall,
): Promise<TokenLog> {
  if (choicesOf(trace.tokens) <= inlineChoices) return planTokenLog({ span, trace })
  const pieces = await toPieces(trace)
  return workroom.run(planTokenLogJob, { span, pieces })
}

function choicesOf(tokens: readonly TracedToken[]): number {
  return tokens.reduce((sum, { top }) => sum + 1 + top.length, 0)
}

/** A trace as JSON, piece by piece: as objects it would cross over to a thread in one long turn. */
interface TracePieces {
  readonly prompt: TokenTrace['prompt']
  /** Lists of tokens as JSON text. */
  readonly tokens: readonly string[]
  /** The ids of those that are not noted any more. */
  readonly rest: readonly number[]
}

async function toPieces({ prompt, tokens }: TokenTrace): Promise<TracePieces> {
  const texts: string[] = []
  let piece: TracedToken[] = []
  let left = turnChoices
  for (const token of tokens.slice(0, mostSteps)) {
    piece.push(token)
    left -= 1 + token.top.length
    if (left > 0) continue
    texts.push(JSON.stringify(piece))
    piece = []
    left = turnChoices
    await otherTurn()
  }
  texts.push(JSON.stringify(piece))
  return { prompt, tokens: texts, rest: tokens.slice(mostSteps).map(({ id }) => id) }
}

interface PlanInput {
  readonly span: TracedCall['span']
  readonly pieces: TracePieces
}

export const planTokenLogJob = defineJob<PlanInput, TokenLog>({
  module: import.meta.url,
  name: 'planTokenLogJob',
  run: async ({ span, pieces }) => planTokenLog({ span, trace: fromPieces(pieces) }),
})

function fromPieces({ prompt, tokens, rest }: TracePieces): TokenTrace {
  const noted = tokens.flatMap(tokensIn)
  const others = rest.map((id) => ({ id, text: '', logprob: null, top: [], at: 0 }))
  return { prompt, tokens: [...noted, ...others] }
}

/** What `toPieces` wrote. */
function tokensIn(json: string): readonly TracedToken[] {
  return JSON.parse(json) as readonly TracedToken[]
}
