import type { SampleText } from './sample-text.ts'

const modelNames = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4', 'gemini-2.5-flash'] as const

/** Attributes of a call of a language model whose JSON text takes about so many bytes. */
export function llmAttributes(
  text: SampleText,
  index: number,
  sizeBytes: number,
): Record<string, string | number> {
  const input = 200 + (index % 700)
  const output = 40 + (index % 300)
  const figures = {
    'llm.provider': 'openai',
    'llm.model': modelNames[index % modelNames.length] ?? modelNames[0],
    'llm.tokens.input': input,
    'llm.tokens.output': output,
    'llm.tokens.total': input + output,
    'llm.cost_usd': (input * 25 + output * 100) / 1e7,
    'llm.temperature': 0.2,
    'llm.finish_reason': 'stop',
  }
  const room = sizeBytes - JSON.stringify(figures).length - 120
  // Text grows when it is written as JSON, the prompt twice.
  const prompt = JSON.stringify([
    { role: 'system', content: text.piece(Math.max(10, Math.floor(room * 0.15))) },
    { role: 'user', content: text.piece(Math.max(10, Math.floor(room * 0.4))) },
  ])
  const left = room - JSON.stringify(prompt).length
  return {
    ...figures,
    'llm.prompt': prompt,
    'llm.completion': text.piece(Math.max(10, Math.floor(left * 0.965))),
  }
}
