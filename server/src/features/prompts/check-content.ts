import { checkGuarded, type PromptPowers } from './guarded-work.ts'
import type { PromptContent } from './prompt.ts'

/**
 * Refuses templates and schemas that could never be used.
 * @throws DomainError `invalid` with the member that cannot; `unavailable` when too much waits.
 */
export async function checkContent(ctx: PromptPowers, content: PromptContent): Promise<void> {
  const { prompt, messages, schemaInput, schemaResponse } = content
  const parts = messages?.map((message, index) => [`messages.${index}`, message.content] as const)
  await checkGuarded(ctx, {
    templates: Object.fromEntries(parts ?? [['prompt', prompt]]),
    schemas: {
      ...(schemaInput !== null && { json_schema_input: schemaInput }),
      ...(schemaResponse !== null && { json_schema_response: schemaResponse }),
    },
  })
}
