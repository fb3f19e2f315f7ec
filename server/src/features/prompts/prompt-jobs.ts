import { defineJob } from '../../platform/threads/workroom.ts'
import type { PromptEscape } from './prompt.ts'
import { SchemaMemo } from './schema-memo.ts'
import { judge, type SchemaFault, type SchemaVerdict } from './schema-verdict.ts'
import { parseTemplate, renderTemplate } from './template.ts'

/** Strangers' programs, all of them: run them where they can be stopped. */

const module = import.meta.url

/** What the same schema compiles to is always the same, so each thread may remember it. */
const schemas = new SchemaMemo()

export interface RenderInput {
  readonly templates: readonly string[]
  /** JSON text. */
  readonly data: string
  readonly schema: string | null
  readonly escape: PromptEscape
}

export type Rendered =
  | { readonly texts: readonly string[] }
  | {
      readonly fault: 'not-json' | 'input' | 'template'
      readonly message: string
      readonly faults: readonly SchemaFault[] | null
    }

/** Checks the data by the schema, then fills each template with it. */
export const renderJob = defineJob<RenderInput, Rendered>({
  module,
  name: 'renderJob',
  run: async (input) => render(input),
})

/** The same on this thread. */
export function render({ templates, data: json, schema, escape }: RenderInput): Rendered {
  const data = readJson(json)
  if ('fault' in data) return { fault: 'not-json', message: data.fault, faults: null }
  if (schema !== null) {
    const verdict = verdictOn(schema, data.value)
    if (!verdict.isValid) {
      const { message, faults } = verdict
      return { fault: 'input', message, faults }
    }
  }
  try {
    return { texts: templates.map((template) => renderTemplate(template, data.value, escape)) }
  } catch (error) {
    return { fault: 'template', message: wordsOf(error), faults: null }
  }
}

export interface SchemaInput {
  readonly schema: string
  /** JSON text. */
  readonly data: string
}

/** Checks JSON text by a schema. */
export const judgeJob = defineJob<SchemaInput, SchemaVerdict>({
  module,
  name: 'judgeJob',
  run: async ({ schema, data }) => judgeText(schema, data),
})

function judgeText(schema: string, json: string): SchemaVerdict {
  const data = readJson(json)
  return 'fault' in data
    ? { isValid: false, message: data.fault, faults: null }
    : verdictOn(schema, data.value)
}

export interface ManyInput {
  readonly schema: string
  /** JSON texts. */
  readonly data: readonly string[]
}

/** Looks for the first of several JSON texts that does not fit a schema. */
export const judgeManyJob = defineJob<ManyInput, ManyJudged>({
  module,
  name: 'judgeManyJob',
  run: async (input) => {
    const begun = process.threadCpuUsage()
    const misfit = firstMisfit(input)
    const { user, system } = process.threadCpuUsage(begun)
    return { misfit, tookMs: (user + system) / 1000 }
  },
})

export interface ManyJudged {
  /** Null if all fit. */
  readonly misfit: FirstMisfit | null
  /** Of work, waits not counted. */
  readonly tookMs: number
}

export interface FirstMisfit {
  readonly index: number
  readonly message: string
}

function firstMisfit({ schema, data: texts }: ManyInput): FirstMisfit | null {
  for (const [index, text] of texts.entries()) {
    const verdict = judgeText(schema, text)
    if (!verdict.isValid) return { index, message: verdict.message }
  }
  return null
}

export interface ContentInput {
  /** By what the caller calls them. */
  readonly templates: Readonly<Record<string, string>>
  readonly schemas: Readonly<Record<string, string>>
}

/** The first of templates and schemas that cannot be used; null if all can. */
export const checkContentJob = defineJob<ContentInput, string | null>({
  module,
  name: 'checkContentJob',
  run: async (input) => checkContent(input),
})

/** The same on this thread. */
export function checkContent({ templates, schemas: given }: ContentInput): string | null {
  for (const [name, template] of Object.entries(templates)) {
    const fault = faultOf(() => parseTemplate(template))
    if (fault !== null) return `${name}: ${fault}`
  }
  for (const [name, schema] of Object.entries(given)) {
    const fault = faultOf(() => schemas.compile(schema))
    if (fault !== null) return `${name}: ${fault}`
  }
  return null
}

function verdictOn(schema: string, data: unknown): SchemaVerdict {
  try {
    return judge(schemas.compile(schema), data)
  } catch (error) {
    return { isValid: false, message: wordsOf(error), faults: null }
  }
}

type Read = { readonly value: unknown } | { readonly fault: string }

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { fault: `It is not JSON: ${wordsOf(error)}` }
  }
}

function faultOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    return wordsOf(error)
  }
}

const mostWords = 500

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, mostWords)
}
