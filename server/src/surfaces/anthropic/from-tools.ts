import { jsonMap, type CompletionRequest, type Tool } from '../../features/completion/index.ts'
import type { JsonObject } from '../../platform/json.ts'
import { listOf, noteOthers, objectOf, optional, textOf, unfit, type Reading } from './reading.ts'

type Options = CompletionRequest['options']

const toolKeys: ReadonlySet<string> = new Set([
  'type',
  'name',
  'description',
  'input_schema',
  'strict',
  'cache_control',
  // How the arguments are cut on their way, and no more.
  'eager_input_streaming',
  'allowed_callers',
  'defer_loading',
])

/** The tools that a client runs itself; those that Anthropic runs or defines are noted. */
export function fromTools(reading: Reading, tools: unknown): readonly Tool[] {
  return listOf(tools, 'tools').flatMap((given, index) => {
    const at = `tools[${index}]`
    const tool = objectOf(given, at)
    const type = optional(tool['type'], `${at}.type`, textOf)
    if (type === undefined || type === 'custom') return [fromTool(reading, tool, at)]
    reading.nativeOnly.push(at)
    return []
  })
}

function fromTool(reading: Reading, tool: JsonObject, at: string): Tool {
  noteOthers(reading, tool, { known: toolKeys, at })
  if (tool['defer_loading'] === true) reading.nativeOnly.push(`${at}.defer_loading`)
  const callers = optional(tool['allowed_callers'], `${at}.allowed_callers`, listOf) ?? []
  const isOnlyOurs = callers.every((caller) => caller === 'direct')
  if (!isOnlyOurs) reading.nativeOnly.push(`${at}.allowed_callers`)
  const description = optional(tool['description'], `${at}.description`, textOf)
  return {
    name: textOf(tool['name'], `${at}.name`),
    ...(description === undefined ? {} : { description }),
    parameters: jsonMap(objectOf(tool['input_schema'], `${at}.input_schema`)),
    ...(tool['strict'] === true ? { isStrict: true } : {}),
  }
}

const choiceKeys: ReadonlySet<string> = new Set(['type', 'name', 'disable_parallel_tool_use'])

/** Which tool is to be called, and whether several may be at once. */
export function fromToolChoice(
  reading: Reading,
  given: unknown,
): Pick<Options, 'toolChoice' | 'parallelToolCalls'> {
  const choice = objectOf(given, 'tool_choice')
  noteOthers(reading, choice, { known: choiceKeys, at: 'tool_choice' })
  const isOneByOne = choice['disable_parallel_tool_use'] === true
  return {
    toolChoice: toolChoiceOf(choice),
    ...(isOneByOne ? { parallelToolCalls: false } : {}),
  }
}

function toolChoiceOf(choice: JsonObject): NonNullable<Options['toolChoice']> {
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return choice['type']
    case 'any':
      return 'required'
    case 'tool':
      return { name: textOf(choice['name'], 'tool_choice.name') }
    default:
      throw unfit('tool_choice.type', 'must be auto, any, tool or none')
  }
}
