import type { Token } from 'node-llama-cpp'
import type { GenerateEnd } from '../engine-protocol.ts'
import { Answer, type Generation } from './answer.ts'
import { grammarState } from './grammar.ts'
import type { LoadedModel } from './load-model.ts'
import { badField } from './refusal.ts'
import { samplerOptions } from './sampler-options.ts'

/**
 * Answers one question, from the check that it fits to the last token. Throws RefusedError before
 * anything was told; waits for a sequence and for credit; ends within a token of an abort.
 */
export async function generate(model: LoadedModel, work: Generation): Promise<GenerateEnd> {
  if (!model.speaks) throw badField('model', 'This model makes embeddings and no text')
  const { job, signal } = work
  const encoded = await model.prompts.encode(job.prompt, signal)
  if (!encoded) return notBegun(0)
  const { tokens, isThinking } = encoded
  const said: Token[] = []
  const grammar = job.grammar && (await grammarState(model.model, job.grammar))
  const options = {
    ...samplerOptions(job.sampling, {
      model: model.model,
      vocabularySize: model.vocabulary.size,
      contextSize: model.facts.contextSize,
      said,
    }),
    ...(grammar ? { grammarEvaluationState: grammar } : {}),
  }
  const slot = await model.sequences.acquire(tokens, signal)
  if (!slot) return notBegun(tokens.length)
  try {
    return await new Answer(model, work, slot).speak({ tokens, isThinking, said, options })
  } catch (error) {
    // What the sequence holds after a failure is unknown.
    await slot.sequence.clearHistory()
    throw error
  } finally {
    model.sequences.release(slot)
  }
}

function notBegun(promptTokens: number): GenerateEnd {
  return {
    reason: 'aborted',
    stoppedBy: null,
    promptTokens,
    cachedTokens: 0,
    generatedTokens: 0,
    promptMs: 0,
    generateMs: 0,
  }
}
