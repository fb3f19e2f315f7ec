import type { CompletionOptions } from '../../features/completion/index.ts'
import { unfit, type Fields } from './fields.ts'
import { readFunction, type ReadTools } from './read-tools.ts'

type ToolChoice = NonNullable<CompletionOptions['toolChoice']>

const toolFields = new Set(['type', 'name', 'description', 'parameters', 'strict'])

/** `tools` and `tool_choice`. Tools that a provider of this dialect would run itself are named. */
export function readResponseTools(body: Fields): ReadTools {
  const nativeOnly: string[] = []
  const tools = body.each('tools').flatMap((tool) => {
    if (tool.requiredText('type') !== 'function') {
      nativeOnly.push(tool.at)
      return []
    }
    nativeOnly.push(...tool.others(toolFields))
    return [readFunction(tool)]
  })
  const choice = readChoice(body)
  if (choice.isNative) nativeOnly.push('tool_choice')
  const { allowed } = choice
  return {
    tools: allowed === undefined ? tools : tools.filter(({ name }) => allowed.has(name)),
    toolChoice: choice.toolChoice,
    nativeOnly,
  }
}

interface Choice {
  readonly toolChoice: ToolChoice | undefined
  /** The names of the only tools that may be called, where the choice narrows them. */
  readonly allowed?: ReadonlySet<string>
  readonly isNative?: boolean
}

function readChoice(body: Fields): Choice {
  const choice = body.given('tool_choice')
  if (choice === undefined || choice === 'auto' || choice === 'none' || choice === 'required') {
    return { toolChoice: choice }
  }
  if (typeof choice === 'string') throw unfit('tool_choice', 'auto, none, required or an object')
  const chosen = body.requiredFields('tool_choice')
  switch (chosen.requiredText('type')) {
    case 'function':
      return { toolChoice: { name: chosen.requiredText('name') } }
    case 'allowed_tools':
      return readAllowed(chosen)
    default:
      return { toolChoice: undefined, isNative: true }
  }
}

function readAllowed(chosen: Fields): Choice {
  const mode = chosen.text('mode') ?? 'auto'
  if (mode !== 'auto' && mode !== 'required') {
    throw unfit(chosen.place('mode'), 'auto or required')
  }
  const tools = chosen.each('tools')
  const isNative = tools.some((tool) => tool.requiredText('type') !== 'function')
  if (isNative) return { toolChoice: undefined, isNative }
  return { toolChoice: mode, allowed: new Set(tools.map((tool) => tool.requiredText('name'))) }
}
