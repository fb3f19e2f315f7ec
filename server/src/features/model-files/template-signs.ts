/**
 * What a chat template shows that a model can do: signs in its text, since no model says it
 * otherwise. Source: bodhi contract §4.10.
 */

const thinkingSigns = ['<think>', '</think>', '<reasoning>', '</reasoning>', 'reasoning_content']

const toolSigns = [
  '<tool_call>',
  '<tool_response>',
  '[TOOL_CALLS]',
  '[AVAILABLE_TOOLS]',
  '<tools>',
  'builtin_tools',
  'tool_name',
  'json_to_python_type',
]

const toolPatterns = [
  /['"]tool_calls['"]\s{0,9}in\s{1,9}message\b/u,
  /\bmessage(?:\.role|\[\s{0,9}['"]role['"]\s{0,9}\])\s{0,9}==\s{0,9}['"]tool['"]/u,
]

const structureSigns = [
  'response_format',
  'json_mode',
  'json_object',
  'json_schema',
  '<schema>',
  '</schema>',
]

export function showsThinking(template: string): boolean {
  return thinkingSigns.some((sign) => template.includes(sign))
}

export function showsFunctionCalling(template: string): boolean {
  return (
    toolSigns.some((sign) => template.includes(sign)) ||
    toolPatterns.some((pattern) => pattern.test(template)) ||
    blocksOf(template, '{{', '}}').some(printsTools) ||
    blocksOf(template, '{%', '%}').some(asksForTools)
  )
}

export function showsStructuredOutput(template: string): boolean {
  return (
    structureSigns.some((sign) => template.includes(sign)) ||
    /"strict"\s{0,9}:\s{0,9}true/u.test(template)
  )
}

/** `{{ tools | tojson }}`, and `{{ .Tools }}`, `{{ if .Tools }}`, `{{ range .Tools }}` of Go. */
function printsTools(expression: string): boolean {
  return /(?<![\w.])tools\b|\.Tools\b/u.test(withoutTexts(expression))
}

/** `{% if tools %}`, `{% for tool in tools %}`. */
function asksForTools(statement: string): boolean {
  const words = withoutTexts(statement)
  if (/^[-+]?\s*(?:el)?if\b/u.test(words)) return /(?<![\w.])tools\b/u.test(words)
  return /\bfor\s{1,9}tool\s{1,9}in\s{1,9}tools\b/u.test(words)
}

/** Words of a text that a template prints are no names in it. */
function withoutTexts(code: string): string {
  return code.replaceAll(/'(?:[^'\\]|\\.)*(?:'|\\?$)|"(?:[^"\\]|\\.)*(?:"|\\?$)/gsu, "''")
}

/** What stands between the marks, found in one walk: templates are strangers' texts of any length. */
function blocksOf(template: string, opening: string, closing: string): readonly string[] {
  const blocks: string[] = []
  for (let end = 0; ;) {
    const start = template.indexOf(opening, end)
    if (start < 0) return blocks
    end = template.indexOf(closing, start)
    if (end < 0) return blocks
    blocks.push(template.slice(start + opening.length, end))
  }
}
