import { Template } from '@huggingface/jinja'
import type { JsonObject } from '../../platform/json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'

interface RenderInput {
  readonly template: string
  readonly variables: JsonObject
}

/** The text, or why there is none. */
export type Rendered = { readonly text: string } | { readonly fault: string }

const longestFault = 500

/** A stranger's program: run it where it can be stopped. */
export const renderTemplateJob = defineJob<RenderInput, Rendered>({
  module: import.meta.url,
  name: 'renderTemplateJob',
  run: async ({ template, variables }) => {
    try {
      return { text: new Template(template).render(variables) }
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      return { fault: fault.slice(0, longestFault) }
    }
  },
})
