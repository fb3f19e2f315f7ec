import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import draft6 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' }
import addFormats from 'ajv-formats'
import { isJsonObject } from '../../platform/json.ts'

/** One thing that does not fit, as clients of JSON Schema know it. */
export interface SchemaFault {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: unknown
  readonly message?: string
}

/** Whether a value fits. A schema that is wrong itself fits nothing, and has no faults to show. */
export type SchemaVerdict =
  | { readonly isValid: true }
  | {
      readonly isValid: false
      readonly message: string
      readonly faults: readonly SchemaFault[] | null
    }

const shownFaults = 100

const options: Options = {
  allErrors: true,
  strict: false,
  // Else a name that every object inherits counts as given.
  ownProperties: true,
  logger: false,
}

/**
 * What checks values by a schema. `$schema` decides the draft: 6, 7 (also where none is named),
 * 2019-09 or 2020-12. Nothing is ever fetched. Throws what is wrong with the schema.
 */
export function compileSchema(schemaText: string): ValidateFunction {
  const schema: unknown = JSON.parse(schemaText)
  if (!isJsonObject(schema)) throw new Error('a schema is a JSON object')
  if (schema['$async'] !== undefined) throw new Error('$async is not supported')
  const ajv = ajvFor(schema['$schema'])
  addFormats.default(ajv)
  return ajv.compile(schema)
}

function ajvFor(draft: unknown): Ajv | Ajv2019 | Ajv2020 {
  const name = typeof draft === 'string' ? draft.replace(/#$/u, '') : draft
  switch (name) {
    case undefined:
    case 'http://json-schema.org/schema':
    case 'http://json-schema.org/draft-07/schema':
    case 'https://json-schema.org/draft-07/schema':
      return new Ajv(options)
    case 'http://json-schema.org/draft-06/schema':
      return new Ajv(options).addMetaSchema(draft6)
    case 'https://json-schema.org/draft/2019-09/schema':
      return new Ajv2019(options)
    case 'https://json-schema.org/draft/2020-12/schema':
      return new Ajv2020(options)
    default:
      throw new Error(
        `$schema ${JSON.stringify(draft)} is not one of drafts 6, 7, 2019-09 and 2020-12`,
      )
  }
}

/** Checks a value. Source of the wording: hypersigil contract §4.3. */
export function judge(validate: ValidateFunction, data: unknown): SchemaVerdict {
  if (validate(data) === true) return { isValid: true }
  const errors = validate.errors ?? []
  const sentences = new Set(errors.map((error) => sentence(error)))
  return {
    isValid: false,
    message: [...sentences].slice(0, shownFaults).join('; '),
    faults: errors.slice(0, shownFaults).map(toFault),
  }
}

function sentence({ instancePath, message = 'is not valid' }: ErrorObject): string {
  return instancePath === '' ? message : `${instancePath} ${message}`
}

function toFault(error: ErrorObject): SchemaFault {
  const { instancePath, schemaPath, keyword, params, message } = error
  return { instancePath, schemaPath, keyword, params, ...(message !== undefined && { message }) }
}
