import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, readObject } from '../../platform/json.ts'
import type { Uses } from '../identity/index.ts'
import { readFile } from '../files/index.ts'
import { jsonMap } from '../completion/index.ts'
import { compilePrompt, type FoundVersion, type PromptPowers } from '../prompts/index.ts'
import { readExecutionOptions, type Attachment } from './execution-options.ts'
import type { Wanted } from './execution-request.ts'
import type { Execution } from './execution.ts'
import { untilFree } from './until-free.ts'

interface Run {
  readonly execution: Execution
  readonly version: FoundVersion | null
}

/**
 * What an execution asks of its model: the prompt with the user's input in it, or beside it, and
 * its files. @throws DomainError `invalid` for input or a template that cannot be used, `not-found`
 * for a file that is gone; what `compilePrompt` throws. Source: hypersigil contract §3.4.
 */
export async function wantedOf(
  ctx: Uses<'db'> & PromptPowers,
  run: Run,
  signal: AbortSignal,
): Promise<Wanted> {
  const { execution, version } = run
  const options = readExecutionOptions(execution.optionsJson)
  const said = await saidBy(ctx, run, signal)
  const schema = execution.promptText === null ? (version?.schemaResponse ?? null) : null
  const own = schema === null ? undefined : readObject(schema)
  const { fileId } = execution
  return {
    ...said,
    options: { ...options, ...(own !== undefined && { schema: jsonMap(own) }) },
    files: fileId === null ? options.files : [await attachmentOf(ctx, fileId)],
  }
}

/** A text that is given wins over the prompt, and has no placeholders. */
async function saidBy(
  ctx: PromptPowers,
  { execution, version }: Run,
  signal: AbortSignal,
): Promise<Pick<Wanted, 'prompt' | 'userInput'>> {
  const { promptText, userInput } = execution
  if (promptText !== null || version === null) return { prompt: promptText ?? '', userInput }
  const data = dataFor(version, userInput)
  if (data === null) return { prompt: version.messages ?? version.prompt, userInput }
  // A version never changes, and the input was found to fit its schema before the row was made.
  const checked = { ...version, schemaInput: null }
  const asked = { version: checked, userInput: data }
  const compiled = await untilFree(signal, () => compilePrompt(ctx, asked, signal))
  if (compiled.status === 'refused') throw new DomainError('invalid', compiled.message)
  return { prompt: compiled.messages ?? compiled.text, userInput: '' }
}

/**
 * What the placeholders are filled from; null where the prompt goes out as it is, with the input
 * beside it. A prompt of one text without a schema has never had its placeholders filled; one that
 * says what it needs to know (several messages, how to escape) has, if the input is an object.
 */
function dataFor(
  { schemaInput, messages, options }: FoundVersion,
  userInput: string,
): string | null {
  if (schemaInput !== null) return userInput
  if (messages === null && options?.escape === undefined) return null
  if (userInput.trim() === '') return '{}'
  return isObjectText(userInput) ? userInput : null
}

function isObjectText(text: string): boolean {
  return isJsonObject(readObject(text))
}

async function attachmentOf(ctx: Uses<'db'>, fileId: string): Promise<Attachment> {
  const { originalName: name, mimeType, data: dataBase64 } = await readFile(ctx, fileId)
  return { name, mimeType, dataBase64 }
}
