import type { CompletionOptions } from '../../features/completion/index.ts'
import type { Fields } from './fields.ts'

/** The form of an answer; `native` where only a provider of the dialect would understand it. */
export type ReadFormat = CompletionOptions['responseFormat'] | 'native'

/** A form by its type; `describe` reads the one that has a schema. */
export function readFormat(
  format: Fields | undefined,
  describe: (format: Fields) => ReadFormat,
): ReadFormat {
  switch (format?.requiredText('type')) {
    case undefined:
    case 'text':
      return undefined
    case 'json_object':
      return { type: 'json' }
    case 'json_schema':
      return format && describe(format)
    default:
      return 'native'
  }
}

/** What the schema is described as goes into the schema: other providers know no other place. */
export function readSchema(described: Fields, { map: schema }: Fields): ReadFormat {
  const description = described.text('description')
  const isStrict = described.boolean('strict')
  const isDescribed = description === undefined || schema['description'] !== undefined
  return {
    type: 'json-schema',
    name: described.requiredText('name'),
    schema: isDescribed ? schema : { ...schema, description },
    ...(isStrict === undefined ? {} : { isStrict }),
  }
}
