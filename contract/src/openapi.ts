import { z } from 'zod'
import type { Access, ReplySpec, RouteSpec } from './route.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export interface OpenApiReply {
  readonly description: string
  readonly content: Content
}

export interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly 'x-access': Access
  readonly 'x-ref'?: string
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<string, OpenApiReply>>
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>
  }
}

export interface OpenApiInput {
  readonly title: string
  readonly version: string
  readonly description?: string
  readonly routes: Readonly<Record<string, RouteSpec>>
  /** Named schemas that no route mentions, for example the frames of a socket. */
  readonly schemas?: readonly z.ZodType[]
}

const securitySchemes = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  bearer: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'bodhiapp_session_id' },
} as const

const statusWords: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  400: 'Refused by a rule',
  401: 'No valid credentials',
  403: 'The caller lacks the scope',
  404: 'Not found',
  409: 'Exists already',
  413: 'The body is too large',
  415: 'The content type or encoding is not taken',
  422: 'The request does not fit its schema',
  429: 'Too many requests for now',
  500: 'A fault of the server',
  503: 'Temporarily not able to answer',
  508: 'The request would come back here',
}

/** One sentence on who may call a route with this access. */
export function accessSentence(access: Access): string {
  if (access === 'public') return 'Anyone who reaches the server may call this.'
  if (access === 'ingest') {
    return 'Who may call this is decided by the setting `--ingest-auth`; a key needs `traces:write`.'
  }
  if (access === 'known') {
    return 'Needs a login or any API key when the server asks for credentials.'
  }
  if (access === 'session') {
    return 'Needs a login when the server asks for credentials; an API key will not do.'
  }
  if (access.startsWith('session:')) {
    const scope = access.slice('session:'.length)
    return `Needs a login with the scope \`${scope}\` when the server asks for credentials; an API key will not do.`
  }
  return `Needs the scope \`${access}\` when the server asks for credentials.`
}

/**
 * Writes the routes as an OpenAPI 3.1 document. Schemas with a `meta({ id })` become components.
 * The result is plain JSON in a fixed order: routes as given, components by name.
 */
export function toOpenApi(input: OpenApiInput): OpenApiDocument {
  const { title, version, description, routes } = input
  const mentioned = Object.values(routes).flatMap(schemasOf)
  const { shown, schemas } = showSchemas([...mentioned, ...(input.schemas ?? [])])
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const [name, route] of Object.entries(routes)) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operationOf(name, route, shown)
  }
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    paths,
    components: { schemas, securitySchemes },
  }
}

/** How each schema that a route mentions is written in the document. */
type Shown = ReadonlyMap<z.core.$ZodType, JsonSchema>

function operationOf(name: string, route: RouteSpec, shown: Shown): OpenApiOperation {
  const parameters = [
    ...parametersOf('path', route.params, shown),
    ...parametersOf('query', route.query, shown),
  ]
  return {
    operationId: name,
    summary: route.summary,
    description: accessSentence(route.access),
    'x-access': route.access,
    ...(route.ref === undefined ? {} : { 'x-ref': route.ref }),
    security: securityOf(route.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: bodyContent(route.body, route, shown) } }),
    responses: Object.fromEntries(
      Object.entries(route.reply).map(([status, spec]) => [
        status,
        { description: statusWords[status] ?? 'Reply', content: contentOf(spec, shown) },
      ]),
    ),
  }
}

function securityOf(access: Access): OpenApiOperation['security'] {
  if (access === 'public') return []
  const login = [{ bearer: [] }, { session: [] }, {}]
  return access.startsWith('session') ? login : [{ apiKey: [] }, ...login]
}

function parametersOf(
  place: 'path' | 'query',
  schema: z.ZodObject | undefined,
  shown: Shown,
): OpenApiParameter[] {
  return fieldsOf(schema).map(([name, field]) => {
    const { description, ...rest } = shown.get(field) ?? {}
    return {
      name,
      in: place,
      required: place === 'path' || !z.safeParse(field, undefined).success,
      ...(typeof description === 'string' ? { description } : {}),
      schema: rest,
    }
  })
}

function fieldsOf(schema: z.ZodObject | undefined): [string, z.core.$ZodType][] {
  return Object.entries<z.core.$ZodType>(schema?.shape ?? {})
}

function contentOf(spec: ReplySpec, shown: Shown): Content {
  const json = jsonOf(spec)
  return {
    ...(json === undefined ? {} : jsonContent(json, shown)),
    ...(spec instanceof z.ZodType ? {} : { [spec.media]: { schema: { type: 'string' } } }),
  }
}

function jsonOf(spec: ReplySpec): z.ZodType | undefined {
  if (spec instanceof z.ZodType) return spec
  return 'json' in spec ? spec.json : undefined
}

function bodyContent(schema: z.ZodType, { bodyMedia }: RouteSpec, shown: Shown): Content {
  const further = bodyMedia === undefined ? {} : { [bodyMedia]: { schema: { type: 'string' } } }
  return { ...jsonContent(schema, shown), ...further }
}

function jsonContent(schema: z.ZodType, shown: Shown): Content {
  return { 'application/json': { schema: shown.get(schema) ?? {} } }
}

function schemasOf({ params, query, body, reply }: RouteSpec): z.core.$ZodType[] {
  const fields = [params, query].flatMap(fieldsOf).map(([, field]) => field)
  const bodies = [body, ...Object.values(reply).map(jsonOf)]
  return [...fields, ...bodies.filter((schema) => schema !== undefined)]
}

/**
 * Writes schemas as JSON, and those with an id that they refer to. All at once, since each writing
 * goes through everything below. A schema with an id is only given as a reference when it is
 * nested, hence the object around them.
 */
function showSchemas(mentioned: readonly z.core.$ZodType[]): {
  readonly shown: Shown
  readonly schemas: Readonly<Record<string, JsonSchema>>
} {
  const each = [...new Set(mentioned)]
  const around = z.object(Object.fromEntries(each.map((schema, index) => [`_${index}`, schema])))
  const { properties = {}, $defs = {} } = z.toJSONSchema(around, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => dropSafeBounds(jsonSchema),
  })
  const named = Object.entries($defs).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    shown: new Map(
      each.map((schema, index) => [schema, withComponentRefs(properties[`_${index}`] ?? {})]),
    ),
    schemas: Object.fromEntries(named.map(([id, schema]) => [id, withComponentRefs(schema)])),
  }
}

/** Every integer is within what a double holds exactly: said once, it need not be said each time. */
function dropSafeBounds(schema: z.core.JSONSchema.BaseSchema) {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

function withComponentRefs(schema: unknown): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')
  return parsedSchema(text)
}

/** JSON text of an object, as written one line above. */
function parsedSchema(text: string): JsonSchema {
  return JSON.parse(text) as JsonSchema
}
