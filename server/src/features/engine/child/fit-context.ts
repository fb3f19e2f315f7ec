import { freemem } from 'node:os'
import type { LlamaModel } from 'node-llama-cpp'
import type { LoadOptions } from '../load-plan.ts'
import { usualContext } from '../usual-size.ts'
import type { Layout } from './choose-layout.ts'
import { badField, RefusedError } from './refusal.ts'

/** Up to here the engine is asked; beyond it its own simulation takes longer than loading. */
const largestSimulated = 32_768

export interface FittingContext {
  /** Of each sequence. */
  readonly contextSize: number
  readonly sequences: number
}

/**
 * The size of the contexts and how many of them memory allows. A number that somebody asked for is
 * kept or refused, with the figures; one of our own is lowered. Throws RefusedError.
 */
export async function fitContext(
  model: LlamaModel,
  options: LoadOptions,
  layout: Layout,
): Promise<FittingContext> {
  const contextSize = wantedSize(model, options.contextSize)
  const freeBytes = freeMemory() - (model.useMmap ? model.size : 0)
  const fewest = options.parallel ?? 1
  let needed = 0
  for (let sequences = layout.sequences; sequences >= fewest; sequences--) {
    needed = await neededMemory(model, { contextSize, sequences, layout, options })
    if (needed <= freeBytes) return { contextSize, sequences }
  }
  throw tooLarge({ contextSize, sequences: fewest, needed, freeBytes, options })
}

function wantedSize(model: LlamaModel, asked: number | undefined): number {
  const trained = model.trainContextSize
  if (asked === undefined) return trained > 0 ? Math.min(trained, usualContext) : usualContext
  if (trained <= 0 || asked <= trained) return asked
  throw badField('n_ctx', `n_ctx: this model was trained for ${trained} tokens, not ${asked}`)
}

interface Wanted extends FittingContext {
  readonly layout: Layout
  readonly options: LoadOptions
}

async function neededMemory(
  model: LlamaModel,
  { contextSize, sequences, layout, options }: Wanted,
): Promise<number> {
  const simulated = Math.min(contextSize, largestSimulated)
  const { cpuRam } = await model.fileInsights.estimateContextResourceRequirementsV2({
    contextSize: simulated,
    sequences: layout.isShared ? sequences : 1,
    modelGpuLayers: model.gpuLayers,
    ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
  })
  return cpuRam * (contextSize / simulated) * (layout.isShared ? 1 : sequences)
}

/** Of the machine, or of the container where that is less. */
function freeMemory(): number {
  return Math.min(freemem(), process.availableMemory())
}

interface Misfit extends FittingContext {
  readonly needed: number
  readonly freeBytes: number
  readonly options: LoadOptions
}

function tooLarge({ contextSize, sequences, needed, freeBytes, options }: Misfit): RefusedError {
  const what = `${sequences} × ${contextSize} tokens of context`
  const message = `${what} need about ${gigabytes(needed)} of memory; ${gigabytes(Math.max(0, freeBytes))} are free`
  if (options.contextSize !== undefined) return badField('n_ctx', `n_ctx: ${message}`)
  if (options.parallel !== undefined) return badField('n_parallel', `n_parallel: ${message}`)
  return new RefusedError({ status: 500, code: 'server_error-startup_error', message })
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
