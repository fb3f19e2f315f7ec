/** An OpenAPI document as a readable page, before it is written as Markdown or HTML. */
import type {
  JsonSchema,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiReply,
} from './openapi.ts'

/** Prose in which `backticks` mark code, code, or a link to a schema of the same page. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'schema'; readonly name: string }

export type Cell = readonly Inline[]

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: Cell }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly Cell[][] }

const text = (value: string): Inline => ({ kind: 'text', text: value })
const code = (value: string): Inline => ({ kind: 'code', text: value })

/** All blocks of a page: title, every route in the document's order, every named schema. */
export function referenceBlocks(document: OpenApiDocument): Block[] {
  const { title, version, description } = document.info
  return [
    { kind: 'heading', level: 1, text: title },
    { kind: 'paragraph', text: proseOf(`Version ${version}. ${description ?? ''}`.trim()) },
    { kind: 'heading', level: 2, text: 'Routes' },
    routeIndex(document),
    ...operationsOf(document).flatMap(operationBlocks),
    { kind: 'heading', level: 2, text: 'Schemas' },
    ...Object.entries(document.components.schemas).flatMap(schemaBlocks),
  ]
}

interface Located {
  readonly method: string
  readonly path: string
  readonly operation: OpenApiOperation
}

function operationsOf(document: OpenApiDocument): Located[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
}

function routeIndex(document: OpenApiDocument): Block {
  const rows = operationsOf(document).map(({ method, path, operation }) => [
    [code(`${method} ${path}`)],
    [text(operation.summary)],
    [code(operation['x-access'])],
  ])
  return { kind: 'table', head: ['Route', 'Purpose', 'Access'], rows }
}

function operationBlocks({ method, path, operation }: Located): Block[] {
  const { summary, description, parameters = [], requestBody, responses } = operation
  const ref = operation['x-ref']
  const source = ref === undefined ? '' : ` Source: ${ref}.`
  const body = requestBody?.content['application/json']?.schema
  const replies = Object.entries(responses).map(replyRow)
  return [
    { kind: 'heading', level: 3, text: `${method} ${path}` },
    { kind: 'paragraph', text: proseOf(`${summary}. ${description}${source}`) },
    ...(parameters.length === 0 ? [] : [parameterTable(parameters)]),
    ...(body === undefined ? [] : bodyBlocks(body)),
    { kind: 'table', head: ['Status', 'Meaning', 'Body'], rows: replies },
  ]
}

function parameterTable(parameters: readonly OpenApiParameter[]): Block {
  const rows = parameters.map((parameter) => [
    [code(parameter.name)],
    [text(parameter.in)],
    typeOf(parameter.schema),
    [text(parameter.required ? 'yes' : 'no')],
    noteOf(parameter.schema, parameter.description),
  ])
  return { kind: 'table', head: ['Parameter', 'In', 'Type', 'Required', 'Notes'], rows }
}

function bodyBlocks(schema: JsonSchema): Block[] {
  const properties = entriesOf(schema['properties'])
  if (properties.length > 0) return [fieldTable('Body field', schema)]
  return [{ kind: 'paragraph', text: [text('JSON body: '), ...typeOf(schema)] }]
}

function replyRow([status, reply]: [string, OpenApiReply]): Cell[] {
  const forms = Object.entries(reply.content).map(([media, { schema }]) =>
    media === 'application/json' ? typeOf(schema) : [code(media)],
  )
  return [[code(status)], [text(reply.description)], joined(forms, ' or ')]
}

function schemaBlocks([name, schema]: [string, JsonSchema]): Block[] {
  const note = noteOf(schema, schema['description'])
  return [
    { kind: 'heading', level: 3, text: name },
    ...(note.length === 0 ? [] : [{ kind: 'paragraph' as const, text: note }]),
    entriesOf(schema['properties']).length === 0
      ? { kind: 'paragraph', text: typeOf(schema) }
      : fieldTable('Field', schema),
  ]
}

function fieldTable(title: string, schema: JsonSchema): Block {
  const required = new Set(listOf(schema['required']))
  return {
    kind: 'table',
    head: [title, 'Type', 'Required', 'Notes'],
    rows: fieldRows(schema, required, ''),
  }
}

/** Nested nameless objects are shown in place, as `outer.inner`. */
function fieldRows(schema: JsonSchema, required: ReadonlySet<unknown>, prefix: string): Cell[][] {
  return entriesOf(schema['properties']).flatMap(([name, value]) => {
    const field = objectOf(value)
    const row = [
      [code(prefix + name)],
      typeOf(field),
      [text(required.has(name) ? 'yes' : 'no')],
      noteOf(field, field['description']),
    ]
    return [row, ...fieldRows(field, new Set(listOf(field['required'])), `${prefix}${name}.`)]
  })
}

function typeOf(schema: JsonSchema): Cell {
  const { $ref: ref, anyOf, type, items, const: only } = schema
  if (typeof ref === 'string')
    return [{ kind: 'schema', name: ref.slice(ref.lastIndexOf('/') + 1) }]
  if (only !== undefined) return [code(JSON.stringify(only))]
  if (Array.isArray(schema['enum'])) return joined(listOf(schema['enum']).map(wordCell), ' · ')
  if (Array.isArray(anyOf)) return joined(listOf(anyOf).map(objectOf).map(typeOf), ' or ')
  if (type === 'array') return [text('list of '), ...typeOf(objectOf(items))]
  if (Array.isArray(type)) return [text(type.join(' or '))]
  if (type === 'object') return [text(objectWords(schema))]
  return [text(typeof type === 'string' ? type : 'any JSON')]
}

const wordCell = (word: unknown): Cell => [code(String(word))]

function objectWords(schema: JsonSchema): string {
  const valueType = objectOf(schema['additionalProperties'])['type']
  if (typeof valueType === 'string') return `object with ${valueType} values`
  return schema['properties'] === undefined ? 'any object' : 'object'
}

const limitWords = {
  default: 'default',
  minimum: 'at least',
  maximum: 'at most',
  minLength: 'characters at least',
  maxLength: 'characters at most',
} as const

function noteOf(schema: JsonSchema, description: unknown): Inline[] {
  const limits = Object.entries(limitWords)
    .filter(([key]) => schema[key] !== undefined)
    .map(([key, words]) => `${words} \`${JSON.stringify(schema[key])}\``)
  const parts = typeof description === 'string' ? [description, ...limits] : limits
  return proseOf(parts.join('; '))
}

function proseOf(prose: string): Inline[] {
  return prose
    .split('`')
    .map((part, index) => ({ part, inline: index % 2 === 0 ? text(part) : code(part) }))
    .filter(({ part }) => part !== '')
    .map(({ inline }) => inline)
}

function joined(cells: readonly Cell[], between: string): Cell {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [text(between), ...cell]))
}

function objectOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {}
}

const entriesOf = (value: unknown): Array<[string, unknown]> => Object.entries(objectOf(value))

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
