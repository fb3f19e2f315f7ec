import { setImmediate } from 'node:timers/promises'
import { DomainError } from '../../platform/domain-error.ts'
import type { JsonObject } from '../../platform/json.ts'
import { findGroup, itemsOfGroup, sizeOfGroup } from '../datasets/index.ts'
import { hasFile } from '../files/index.ts'
import { allowModel, lendScope } from '../identity/index.ts'
import { resolveModel } from '../models/index.ts'
import { checkManyBySchema, readPromptVersion, type FoundVersion } from '../prompts/index.ts'
import type { CreateContext, NewExecutions } from './new-executions.ts'
import { modelNameOf, splitModel } from './model-name.ts'

/** Most that one request may make. */
const mostExecutions = 10_000
const mostCharacters = 64 * 1024 * 1024
/** After so many names of models others have their turn: most are found without waiting. */
const namesAtOnce = 100

/** What is to be made, checked. */
export interface CheckedExecutions {
  readonly version: FoundVersion | null
  readonly models: readonly { readonly provider: string; readonly model: string }[]
  /** Of a batch the newest item first. */
  readonly inputs: readonly { readonly text: string; readonly itemId: string | null }[]
  readonly options: JsonObject | null
  readonly isBatch: boolean
}

/** In the order of hypersigil contract §3.1. Throws as `createExecutions`. */
export async function checkExecutions(
  ctx: CreateContext,
  asked: NewExecutions,
): Promise<CheckedExecutions> {
  const { testGroupId, promptId, promptText = '' } = asked
  const isBatch = testGroupId !== undefined
  if (promptId === undefined && (isBatch || promptText === '')) {
    throw invalid(
      isBatch ? 'A group of test data needs promptId' : 'promptId or promptText is needed',
    )
  }
  const fileId = isBatch ? undefined : asked.fileId
  if (fileId !== undefined && !(await hasFile(ctx, fileId)))
    throw invalid(`There is no file ${fileId}`)
  const version =
    promptId === undefined
      ? null
      : await readPromptVersion(ctx, promptId, asked.promptVersion).catch(notExecution)
  if (version?.options?.acceptFileUpload === true && fileId === undefined) {
    throw invalid(`The prompt ${version.name} needs a file: give its fileId`)
  }
  const options = optionsOf(asked, version)
  const each = (isBatch ? 0 : promptText.length) + JSON.stringify(options).length
  const room = { models: asked.models.length, each }
  const inputs =
    testGroupId === undefined
      ? [inputOf(asked, room)]
      : await itemsOf(ctx, { groupId: testGroupId, room })
  const models = await checkModels(ctx, asked.models)
  if (models.length > 0) await checkInputs(ctx, version, inputs)
  return { version, models, inputs, options, isBatch }
}

/** What is kept for each input, on each model. */
interface Room {
  readonly models: number
  /** Characters, beside those of the input. */
  readonly each: number
}

function inputOf({ userInput: text = '' }: NewExecutions, room: Room) {
  checkSize(room, { count: 1, characters: text.length })
  return { text, itemId: null }
}

/** A group that is too large to be run is not read. */
async function itemsOf(
  ctx: CreateContext,
  { groupId, room }: { readonly groupId: string; readonly room: Room },
) {
  const { group, items } = await ctx.db.read(async (tx) => {
    const found = await findGroup(tx, groupId)
    if (found === undefined) throw notFound(`There is no group of test data ${groupId}`)
    checkSize(room, await sizeOfGroup(tx, groupId))
    return { group: found, items: await itemsOfGroup(tx, groupId) }
  })
  if (items.length === 0) throw invalid(`The group ${group.name} has no items`)
  return items.toReversed().map(({ id: itemId, content: text }) => ({ text, itemId }))
}

function checkSize(
  { models, each }: Room,
  inputs: { readonly count: number; readonly characters: number },
): void {
  const count = models * inputs.count
  if (count > mostExecutions) {
    throw invalid(`These would be ${count} executions: ${mostExecutions} can be made at once`)
  }
  const characters = models * inputs.characters + count * each
  if (characters <= mostCharacters) return
  const words = `${characters} characters of texts, input and options`
  throw invalid(`There would be ${words}: ${mostCharacters} can be run at once`)
}

/** Whether a model exists is for its provider to say; whether there is such a provider is told here. */
async function checkModels(
  ctx: CreateContext,
  names: readonly string[],
): Promise<CheckedExecutions['models']> {
  const caller = lendScope(ctx.caller, 'completions:run')
  const known = new Map<string, { readonly provider: string; readonly model: string }>()
  for (const name of new Set(names)) {
    if (known.size % namesAtOnce === 0) await setImmediate()
    const split = splitModel(name)
    if (split === undefined) throw invalid(`${name} is no provider:model`)
    const house = modelNameOf(split.provider, split.model)
    allowModel(ctx.caller, house)
    await resolveModel({ ...ctx, caller }, house).catch((error: unknown) => {
      throw error instanceof DomainError && !error.retryable
        ? invalid(`Provider not available for ${name}: ${error.message}`)
        : error
    })
    known.set(name, split)
  }
  return names.flatMap((name) => known.get(name) ?? [])
}

async function checkInputs(
  ctx: CreateContext,
  version: FoundVersion | null,
  inputs: CheckedExecutions['inputs'],
): Promise<void> {
  const schema = version?.schemaInput ?? null
  if (schema === null) return
  const data = inputs.map(({ text }) => text)
  const verdict = await checkManyBySchema(ctx, { schema, data })
  if (verdict.isValid) return
  const itemId = inputs[verdict.index]?.itemId ?? null
  const where = itemId === null ? 'The user input' : `The test data item ${itemId}`
  throw new DomainError('invalid', `${where} does not fit the input schema`, {
    details: { shown: verdict.message },
  })
}

/** A prompt that searches the web does so whatever is asked. */
function optionsOf({ options }: NewExecutions, version: FoundVersion | null): JsonObject | null {
  if (version?.options?.webSearch !== true) return options ?? null
  return { ...options, webSearch: true }
}

function invalid(message: string): DomainError {
  return new DomainError('invalid', message)
}

/** Else surfaces would say that there is no such execution. */
function notFound(message: string): DomainError {
  return new DomainError('not-found', message, { details: { label: 'Not found' } })
}

function notExecution(error: unknown): never {
  if (error instanceof DomainError && error.code === 'not-found') throw notFound(error.message)
  throw error
}
