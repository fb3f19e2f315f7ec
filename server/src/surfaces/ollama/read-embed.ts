import type { JsonMap, ReadEmbeddingAsk } from '../../features/completion/index.ts'
import { othersIn, listAt, textAt, unfit, wholeAt } from './fields.ts'
import { readOptions } from './read-options.ts'

/** Without effect elsewhere: how long an Ollama keeps a model, and whether it may cut a text. */
const engineFields = ['model', 'options', 'keep_alive', 'truncate'] as const
const embedFields: ReadonlySet<string> = new Set([...engineFields, 'input', 'dimensions'])
const embeddingsFields: ReadonlySet<string> = new Set([...engineFields, 'prompt'])

/** A request for vectors as the core understands it. */
export function readEmbed(body: JsonMap): ReadEmbeddingAsk {
  const texts = textsOf(body)
  if (texts.length === 0) throw unfit('input', 'a string or a list of strings')
  const dimensions = wholeAt(body['dimensions'], 'dimensions')
  const request = {
    input: { kind: 'texts', texts },
    // None is what Ollama's own client writes so.
    ...(dimensions === undefined || dimensions <= 0 ? {} : { dimensions }),
  } as const
  return { request, nativeOnly: nativeOnly(body, embedFields) }
}

/** The same for the older form of it, which has one text. */
export function readEmbeddings(body: JsonMap): ReadEmbeddingAsk {
  const text = textAt(body['prompt'], 'prompt')
  if (text === undefined || text === '') throw unfit('prompt', 'a string')
  const request = { input: { kind: 'texts', texts: [text] } } as const
  return { request, nativeOnly: nativeOnly(body, embeddingsFields) }
}

function textsOf({ input }: JsonMap): readonly string[] {
  if (typeof input === 'string') return input === '' ? [] : [input]
  return listAt(input, 'input').map((one, index) => {
    const place = `input[${index}]`
    const text = textAt(one, place)
    if (text === undefined) throw unfit(place, 'a string')
    return text
  })
}

/** Options for what a model says have no effect on vectors, in an Ollama neither. */
function nativeOnly(body: JsonMap, known: ReadonlySet<string>): readonly string[] {
  return [...readOptions(body).nativeOnly, ...othersIn(body, known)]
}
