import { judgeGuarded, renderGuarded, type PromptPowers } from './guarded-work.ts'
import type { PromptContent, PromptMessage } from './prompt.ts'
import type { SchemaFault, SchemaVerdict } from './schema-verdict.ts'

/** What of a version decides how it is compiled. */
export type Compilable = Pick<PromptContent, 'prompt' | 'messages' | 'schemaInput' | 'options'>

/** The text for a model, or why there is none. */
export type Compiled =
  | {
      readonly status: 'compiled'
      /** All of it; of several messages one after the other. */
      readonly text: string
      /** Null for a prompt of one text. */
      readonly messages: readonly PromptMessage[] | null
    }
  | {
      readonly status: 'refused'
      /** What is not as it must be: the user's input, the template, or how much it takes. */
      readonly reason: 'not-json' | 'input' | 'template' | 'limit'
      readonly message: string
      /** Where the input does not fit its schema. */
      readonly faults: readonly SchemaFault[] | null
    }

/**
 * Fills the templates of a version with the user's input, a JSON text, once that fits the version's
 * schema. Takes a second and 1 MB at most. Throws DomainError `unavailable` when too much waits
 * already, `cancelled` by the signal. Source: hypersigil contract §4.1, §4.3.
 */
export async function compilePrompt(
  ctx: PromptPowers,
  { version, userInput }: { readonly version: Compilable; readonly userInput: string },
  signal?: AbortSignal,
): Promise<Compiled> {
  const { prompt, messages, schemaInput, options } = version
  const input = {
    templates: messages?.map(({ content }) => content) ?? [prompt],
    data: userInput,
    schema: schemaInput,
    escape: options?.escape ?? 'html',
  }
  const rendered = await renderGuarded(ctx, input, signal)
  if ('fault' in rendered) {
    const { fault: reason, message, faults } = rendered
    return { status: 'refused', reason, message, faults }
  }
  const { texts } = rendered
  const filled = messages?.map(({ role }, index) => ({ role, content: texts[index] ?? '' }))
  return { status: 'compiled', text: joined(texts), messages: filled ?? null }
}

/** Several messages as one text. */
export function joined(texts: readonly string[]): string {
  return texts.join('\n\n')
}

/**
 * Whether JSON text fits a schema, which is JSON text too. A schema that is wrong itself, or takes
 * more than a second, fits nothing. Throws as `compilePrompt` does.
 */
export async function checkBySchema(
  ctx: PromptPowers,
  given: { readonly schema: string; readonly data: string },
  signal?: AbortSignal,
): Promise<SchemaVerdict> {
  return judgeGuarded(ctx, given, signal)
}
