import type { JsonMap, ReadAsk, Tool } from '../../features/completion/index.ts'
import { flagAt, listAt, mapAt, othersIn, textAt, unfit } from './fields.ts'
import { readMessages } from './read-messages.ts'
import { readSettings, settingFields } from './read-settings.ts'

const known: ReadonlySet<string> = new Set([...settingFields, 'messages', 'tools'])
const toolFields = new Set(['type', 'function'])
const functionFields = new Set(['name', 'description', 'parameters', 'strict', 'type'])

/** A function that takes nothing. */
const noParameters: JsonMap = { type: 'object', properties: {} }

/**
 * A body of `/api/chat` as the core understands it. What changes the answer and only an Ollama
 * understands is named in `nativeOnly`.
 * @throws DomainError `invalid` with `details.param` for a field that is not of its type.
 */
export function readChat(body: JsonMap): ReadAsk {
  const { messages, nativeOnly: inMessages } = readMessages(body)
  const { tools, nativeOnly: inTools } = readTools(body)
  const { options, nativeOnly: inOptions } = readSettings(body)
  return {
    request: {
      model: textAt(body['model'], 'model') ?? '',
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      options,
    },
    nativeOnly: [...inMessages, ...inTools, ...inOptions, ...othersIn(body, known)],
  }
}

function readTools(body: JsonMap) {
  const nativeOnly: string[] = []
  const tools = listAt(body['tools'], 'tools').flatMap((value, index): readonly Tool[] => {
    const at = `tools[${index}]`
    const tool = mapAt(value, at)
    if ((textAt(tool['type'], `${at}.type`) ?? 'function') !== 'function') {
      nativeOnly.push(at)
      return []
    }
    const called = mapAt(tool['function'], `${at}.function`)
    nativeOnly.push(...othersIn(tool, toolFields, `${at}.`))
    nativeOnly.push(...othersIn(called, functionFields, `${at}.function.`))
    return [readFunction(called, `${at}.function`)]
  })
  return { tools, nativeOnly }
}

function readFunction(called: JsonMap, at: string): Tool {
  const name = textAt(called['name'], `${at}.name`)
  if (name === undefined) throw unfit(`${at}.name`, 'a string')
  const description = textAt(called['description'], `${at}.description`)
  const parameters = mapAt(called['parameters'], `${at}.parameters`)
  return {
    name,
    ...(description === undefined ? {} : { description }),
    parameters: Object.keys(parameters).length === 0 ? noParameters : parameters,
    ...(flagAt(called['strict'], `${at}.strict`) ? { isStrict: true } : {}),
  }
}
