import { isJsonObject, type JsonObject } from '../../../platform/json.ts'

/**
 * JSON Schema in the narrower form that the engine makes a grammar of. What a grammar cannot say
 * (patterns, ranges of numbers, uniqueness) is left out, so the answer must be checked as well;
 * every named property is required. Throws an error with the reason for what makes no sense.
 */
export function narrowSchema(schema: JsonObject): JsonObject {
  const defs = { ...membersOf(schema['definitions']), ...membersOf(schema['$defs']) }
  const narrowing = new Narrowing(defs)
  const root = narrowing.schema(schema, 0)
  const narrowed = Object.entries(defs).map(
    ([name, def]) => [name, narrowing.schema(def, 0)] as const,
  )
  const own = narrowing.usesRoot ? [[rootName, root] as const] : []
  const all = Object.fromEntries([...narrowed, ...own])
  return Object.keys(all).length === 0 ? root : { ...root, $defs: all }
}

const rootName = 'the whole'
const mostDepth = 64
const mostSchemas = 5_000
/** llama.cpp repeats a rule no more often. */
const mostRepeats = 2_000

const anything: JsonObject = {
  oneOf: [
    { type: ['string', 'number', 'boolean', 'null'] },
    { type: 'array' },
    { type: 'object', additionalProperties: true },
  ],
}
const nothingElse: JsonObject = { type: 'null' }
const basicTypes = new Set(['string', 'number', 'integer', 'boolean', 'null'])
const formats = new Set(['date', 'time', 'date-time'])

class Narrowing {
  readonly #defs: JsonObject
  #count = 0
  usesRoot = false

  constructor(defs: JsonObject) {
    this.#defs = defs
  }

  schema(given: unknown, depth: number): JsonObject {
    this.#count += 1
    if (depth > mostDepth || this.#count > mostSchemas) throw refused('it is too large')
    if (given === true) return anything
    if (!isJsonObject(given)) throw refused('a schema is an object')
    if (typeof given['$ref'] === 'string') return this.#reference(given['$ref'])
    if ('const' in given) return literals([given['const']])
    if (Array.isArray(given['enum'])) return literals(given['enum'])
    const choices = given['anyOf'] ?? given['oneOf']
    if (Array.isArray(choices)) return this.#choice(choices, given, depth)
    if (Array.isArray(given['allOf'])) return this.#merged(given['allOf'], given, depth)
    return this.#typed(given, depth)
  }

  #reference(path: string): JsonObject {
    if (path === '#') {
      this.usesRoot = true
      return { $ref: `#/$defs/${rootName}` }
    }
    const name = definitionName(path)
    if (name === undefined || !Object.hasOwn(this.#defs, name)) throw refused(`it has no ${path}`)
    return { $ref: `#/$defs/${name}` }
  }

  #choice(choices: readonly unknown[], given: JsonObject, depth: number): JsonObject {
    const { anyOf: _, oneOf: __, ...own } = given
    const all = choices.map((choice) =>
      this.schema(saysAnything(own) ? { allOf: [own, choice] } : choice, depth + 1),
    )
    if (given['nullable'] === true) all.push(nothingElse)
    if (all.length === 0) throw refused('a choice is empty')
    return { oneOf: all }
  }

  /** Of schemas that all hold, the members together. */
  #merged(parts: readonly unknown[], given: JsonObject, depth: number): JsonObject {
    const { allOf: _, ...own } = given
    const [only] = parts
    if (parts.length === 1 && !saysAnything(own)) return this.schema(only, depth + 1)
    const objects = [...parts, own].map((part) => this.#resolved(part))
    const properties = objects.map((part) => Object.entries(membersOf(part['properties'])))
    const merged = Object.fromEntries(objects.flatMap((part) => Object.entries(part)))
    const all = Object.fromEntries(properties.flat())
    return this.schema(
      properties.flat().length > 0 ? { ...merged, properties: all } : merged,
      depth + 1,
    )
  }

  #resolved(part: unknown): JsonObject {
    if (!isJsonObject(part)) throw refused('allOf holds no schemas')
    const name = typeof part['$ref'] === 'string' ? definitionName(part['$ref']) : undefined
    if (name === undefined) return part
    const { $ref: _, ...own } = part
    return { ...membersOf(this.#defs[name]), ...own }
  }

  #typed(given: JsonObject, depth: number): JsonObject {
    const types = typesOf(given)
    if (types === null) return anything
    const all = given['nullable'] === true ? [...types, 'null'] : types
    if (all.length > 1 && all.every((type) => basicTypes.has(type))) return { type: all }
    const narrowed = all.map((type) => this.#ofType(type, given, depth))
    const [only] = narrowed
    return narrowed.length === 1 && only ? only : { oneOf: narrowed }
  }

  #ofType(type: string, given: JsonObject, depth: number): JsonObject {
    if (type === 'object') return this.#object(given, depth)
    if (type === 'array') return this.#array(given, depth)
    if (type === 'string') return narrowString(given)
    if (basicTypes.has(type)) return { type }
    throw refused(`there is no type ${type}`)
  }

  #object(given: JsonObject, depth: number): JsonObject {
    const properties = Object.entries(membersOf(given['properties']))
    const more = given['additionalProperties'] ?? (properties.length === 0 ? true : undefined)
    const fields = properties.map(([key, value]) => [key, this.schema(value, depth + 1)] as const)
    return {
      type: 'object',
      ...(fields.length > 0 ? { properties: Object.fromEntries(fields) } : {}),
      ...(isJsonObject(more) ? { additionalProperties: this.schema(more, depth + 1) } : {}),
      ...(typeof more === 'boolean' ? { additionalProperties: more } : {}),
      ...counts(given, 'minProperties', 'maxProperties'),
    }
  }

  #array(given: JsonObject, depth: number): JsonObject {
    const { items, prefixItems } = given
    const first = Array.isArray(prefixItems) ? prefixItems : []
    return {
      type: 'array',
      ...(isJsonObject(items) ? { items: this.schema(items, depth + 1) } : {}),
      ...(first.length > 0
        ? { prefixItems: first.map((item) => this.schema(item, depth + 1)) }
        : {}),
      ...counts(given, 'minItems', 'maxItems'),
    }
  }
}

function narrowString(given: JsonObject): JsonObject {
  const { format } = given
  if (typeof format === 'string' && formats.has(format)) return { type: 'string', format }
  return { type: 'string', ...counts(given, 'minLength', 'maxLength') }
}

function counts(given: JsonObject, least: string, most: string): JsonObject {
  const counted = Object.entries(given).filter(([key, value]) => {
    if (key !== least && key !== most) return false
    const isCount = Number.isInteger(value) && Number(value) >= 0
    // A large upper bound is no use to a grammar; a lower one that it cannot say is refused by it.
    return isCount && (key === least || Number(value) <= mostRepeats)
  })
  return Object.fromEntries(counted)
}

function literals(values: readonly unknown[]): JsonObject {
  const isPlain = values.every(
    (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value),
  )
  if (!isPlain || values.length === 0) throw refused('enum and const hold plain values only')
  return { enum: values }
}

/** Null where the schema says nothing about types. */
function typesOf(given: JsonObject): readonly string[] | null {
  const { type } = given
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) {
    if (type.length === 0) throw refused('type is empty')
    return type.map(String)
  }
  if ('properties' in given || 'additionalProperties' in given) return ['object']
  if ('items' in given || 'prefixItems' in given) return ['array']
  if ('minLength' in given || 'maxLength' in given || 'pattern' in given) return ['string']
  return 'minimum' in given || 'maximum' in given ? ['number'] : null
}

function saysAnything(given: JsonObject): boolean {
  const isChoice = ['anyOf', 'oneOf', 'enum', 'const', '$ref'].some((key) => key in given)
  return isChoice || typesOf(given) !== null
}

function definitionName(path: string): string | undefined {
  return /^#\/(?:\$defs|definitions)\/(.+)$/u.exec(path)?.[1]
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function refused(reason: string): Error {
  return new Error(reason)
}
