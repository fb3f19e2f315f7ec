import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  getLlama,
  LlamaLogLevel,
  type Llama,
  type LlamaContext,
  type LlamaModel,
} from 'node-llama-cpp'
import type { LoadedFacts } from '../engine-protocol.ts'
import type { LoadPlan } from '../load-plan.ts'
import { checkFile, malformed } from './check-file.ts'
import { chooseLayout, type Layout } from './choose-layout.ts'
import { Embedder } from './embed.ts'
import { PromptEncoder } from './encode-prompt.ts'
import { EngineLog } from './engine-log.ts'
import { explainFailure } from './explain-failure.ts'
import { fitContext, type FittingContext } from './fit-context.ts'
import { ReadingPace } from './read-prompt.ts'
import { Sequences, type Slot } from './sequences.ts'
import { TurnGate } from './turn-gate.ts'
import { Vocabulary } from './vocabulary.ts'

/** A model in memory, with everything that jobs need of it. */
export interface LoadedModel {
  readonly model: LlamaModel
  readonly vocabulary: Vocabulary
  readonly prompts: PromptEncoder
  readonly sequences: Sequences
  readonly pace: ReadingPace
  readonly embedder: Embedder
  /** False for models that only make embeddings. */
  readonly speaks: boolean
  readonly facts: LoadedFacts
}

export interface LoadRequest {
  readonly plan: LoadPlan
  readonly maxThreads: number | null
  readonly mayUseGpu: boolean
  onProgress(progress: number): void
}

/** How long what the native part said may still be on its way. */
const lastWordsMs = 50

/** Throws RefusedError for whatever keeps the model from being loaded. */
export async function loadModel(request: LoadRequest): Promise<LoadedModel> {
  const log = new EngineLog()
  try {
    await checkFile(request.plan.path, request.plan.name)
    const llama = await startEngine(request, log)
    return await load(llama, request)
  } catch (error) {
    await sleep(lastWordsMs)
    throw explainFailure(error, log.errors, request.plan.name)
  }
}

/** Only what is installed is used: nothing is built, nothing is downloaded. */
async function startEngine({ maxThreads, mayUseGpu }: LoadRequest, log: EngineLog): Promise<Llama> {
  const processors = availableParallelism()
  return getLlama({
    gpu: mayUseGpu ? 'auto' : false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    maxThreads: Math.min(maxThreads ?? processors, processors),
    logLevel: LlamaLogLevel.warn,
    logger: log.write,
  })
}

async function load(llama: Llama, request: LoadRequest): Promise<LoadedModel> {
  const { plan, maxThreads } = request
  const model = await readWeights(llama, request)
  const { hasEncoder, hasDecoder } = model.fileInsights
  if (hasEncoder && hasDecoder) {
    const message = `${plan.name} cannot be loaded: encoder-decoder models cannot be run`
    throw malformed('unsupported_architecture', message)
  }
  const machine = {
    cores: llama.cpuMathCores,
    processors: availableParallelism(),
    maxThreads,
    isOnGpu: llama.gpu !== false,
  }
  const layout = chooseLayout(model.size, plan.options, machine)
  const fitting = await fitContext(model, plan.options, layout)
  const contexts = hasDecoder ? await createContexts(model, plan, { layout, fitting }) : []
  return assemble({ model, plan, layout, fitting, contexts })
}

async function readWeights(llama: Llama, { plan, onProgress }: LoadRequest): Promise<LlamaModel> {
  const { keepInMemory, mapsFile, flashAttention } = plan.options
  return llama.loadModel({
    modelPath: plan.path,
    onLoadProgress: onProgress,
    ...(keepInMemory === undefined ? {} : { useMlock: keepInMemory }),
    ...(mapsFile === undefined ? {} : { useMmap: mapsFile }),
    ...(flashAttention === undefined ? {} : { defaultContextFlashAttention: flashAttention }),
  })
}

interface ContextShape {
  readonly layout: Layout
  readonly fitting: FittingContext
}

async function createContexts(
  model: LlamaModel,
  { options }: LoadPlan,
  { layout, fitting }: ContextShape,
): Promise<readonly LlamaContext[]> {
  const count = layout.isShared ? 1 : fitting.sequences
  const contexts: LlamaContext[] = []
  while (contexts.length < count) {
    const context = await model.createContext({
      contextSize: fitting.contextSize,
      sequences: layout.isShared ? fitting.sequences : 1,
      threads: layout.threads,
      // We have looked at memory ourselves, and a smaller context than the facts say is no help.
      ignoreMemorySafetyChecks: model.llama.gpu === false,
      failedCreationRemedy: false,
      ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
    })
    contexts.push(context)
  }
  return contexts
}

interface Parts extends ContextShape {
  readonly model: LlamaModel
  readonly plan: LoadPlan
  readonly contexts: readonly LlamaContext[]
}

function assemble({ model, plan, layout, fitting, contexts }: Parts): LoadedModel {
  const { contextSize } = fitting
  const vocabulary = new Vocabulary(model)
  const own = model.fileInfo.metadata.tokenizer?.chat_template
  const template = plan.options.chatTemplate ?? own ?? null
  const threads = contexts[0]?.idealThreads ?? layout.threads
  const facts: LoadedFacts = {
    architecture: String(model.architecture),
    contextSize,
    trainContextSize: model.trainContextSize,
    sequences: fitting.sequences,
    threads,
    hasChatTemplate: template !== null,
    memoryBytes: [model, ...contexts].reduce((sum, part) => sum + memoryOf(part), 0),
  }
  return {
    model,
    vocabulary,
    prompts: new PromptEncoder({ model, vocabulary, contextSize, template }),
    sequences: new Sequences(contexts.flatMap(slotsOf)),
    pace: new ReadingPace(contexts[0]?.batchSize ?? contextSize),
    embedder: new Embedder({ model, vocabulary, contextSize, threads }),
    speaks: contexts.length > 0,
    facts,
  }
}

function slotsOf(context: LlamaContext): readonly Slot[] {
  const gate = context.totalSequences > 1 ? new TurnGate() : null
  return Array.from({ length: context.totalSequences }, () => ({
    sequence: context.getSequence(),
    gate,
  }))
}

function memoryOf({ memoryUsage }: LlamaModel | LlamaContext): number {
  return memoryUsage.ram + memoryUsage.vram
}
