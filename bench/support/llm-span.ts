import type { SampleText } from './sample-text.ts'

const modelNames = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4', 'gemini-2.5-flash'] as const

/** Attributes of a call of a language model whose JSON text takes so many bytes. */
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
  const room = sizeBytes - JSON.stringify({ ...figures, 'llm.prompt': '' }).length
  for (let share = 1; ; share /= 2) {
    const prompt = promptOf(text, Math.floor(room * share))
    const unfinished = { ...figures, 'llm.prompt': prompt, 'llm.completion': '' }
    const left = sizeBytes - JSON.stringify(unfinished).length
    // Some texts take far more room when they are written in JSON in JSON.
    if (left < 0 && share > 0.1) continue
    return { ...unfinished, 'llm.completion': pieceOfJson(text, Math.max(0, left)) }
  }
}

function promptOf(text: SampleText, room: number): string {
  return JSON.stringify([
    { role: 'system', content: text.piece(Math.max(10, Math.floor(room * 0.15))) },
    { role: 'user', content: text.piece(Math.max(10, Math.floor(room * 0.4))) },
  ])
}

/** A text that takes exactly so many bytes when it is written as JSON. */
function pieceOfJson(text: SampleText, sizeBytes: number): string {
  const whole = text.piece(sizeBytes)
  const tooMany = writtenBytes(whole) - sizeBytes
  const cut = whole.slice(0, sizeBytes - tooMany)
  return cut + '.'.repeat(sizeBytes - writtenBytes(cut))
}

function writtenBytes(text: string): number {
  return JSON.stringify(text).length - '""'.length
}
