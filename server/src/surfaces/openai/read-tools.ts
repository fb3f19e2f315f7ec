import type { CompletionOptions, Tool } from '../../features/completion/index.ts'
import { unfit, type Fields } from './fields.ts'

type ToolChoice = NonNullable<CompletionOptions['toolChoice']>

/** Tools as the core understands them, and the places of what only OpenAI's dialect has. */
export interface ReadTools {
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice | undefined
  readonly nativeOnly: readonly string[]
}

const toolFields = new Set(['type', 'function'])
const functionFields = new Set(['name', 'description', 'parameters', 'strict'])

/** A function that takes nothing. */
const noParameters = { type: 'object', properties: {} }

/** `tools` and `tool_choice`. */
export function readTools(body: Fields): ReadTools {
  const nativeOnly: string[] = []
  const tools = body.each('tools').flatMap((tool) => {
    if (tool.requiredText('type') !== 'function') {
      nativeOnly.push(tool.at)
      return []
    }
    const called = tool.requiredFields('function')
    nativeOnly.push(...tool.others(toolFields), ...called.others(functionFields))
    return [readFunction(called)]
  })
  const choice = readChoice(body)
  if (choice === 'native') nativeOnly.push('tool_choice')
  return { tools, toolChoice: choice === 'native' ? undefined : choice, nativeOnly }
}

/** What there is to call, whichever object of a tool describes it. */
export function readFunction(called: Fields): Tool {
  const description = called.text('description')
  const isStrict = called.boolean('strict')
  return {
    name: called.requiredText('name'),
    ...(description === undefined ? {} : { description }),
    parameters: called.fields('parameters')?.map ?? noParameters,
    ...(isStrict === undefined ? {} : { isStrict }),
  }
}

function readChoice(body: Fields): ToolChoice | 'native' | undefined {
  const choice = body.given('tool_choice')
  if (choice === undefined || choice === 'auto' || choice === 'none' || choice === 'required') {
    return choice
  }
  if (typeof choice === 'string') throw unfit('tool_choice', 'auto, none, required or an object')
  const chosen = body.requiredFields('tool_choice')
  if (chosen.requiredText('type') !== 'function') return 'native'
  return { name: chosen.requiredFields('function').requiredText('name') }
}

/** The older `functions` and `function_call`, of which a reply has one call at most. */
export function readFunctions(body: Fields): ReadTools {
  const functions = body.each('functions')
  const nativeOnly = functions.flatMap((one) => one.others(functionFields))
  return { tools: functions.map(readFunction), toolChoice: readFunctionCall(body), nativeOnly }
}

function readFunctionCall(body: Fields): ToolChoice | undefined {
  const choice = body.given('function_call')
  if (choice === undefined || choice === 'auto' || choice === 'none') return choice
  if (typeof choice === 'string') throw unfit('function_call', 'auto, none or an object')
  return { name: body.requiredFields('function_call').requiredText('name') }
}

/** Whether a request calls its tools by their older name, and expects replies that do so too. */
export function isLegacy(body: Fields): boolean {
  return body.given('functions') !== undefined && body.given('tools') === undefined
}
