/**
 * Prices of the models in the recordings, in billionths of a USD per token, so that a sum over
 * tokens is a whole number. Source: beacon contract §10.4 (USD per million tokens, times 1000).
 */
const prices = {
  'gpt-4o': { provider: 'openai', input: 2500, output: 10_000 },
  'gpt-4o-mini': { provider: 'openai', input: 150, output: 600 },
  'claude-sonnet-4-6': { provider: 'anthropic', input: 3000, output: 15_000 },
  'claude-haiku-4-5-20251001': { provider: 'anthropic', input: 1000, output: 5000 },
  'gemini-2.5-flash': { provider: 'google', input: 150, output: 600 },
} as const

export type DemoModel = keyof typeof prices

/** How each provider words the end of a reply, and one that ends in tool calls. */
const finishReasons = {
  openai: { text: 'stop', tools: 'tool_calls' },
  anthropic: { text: 'end_turn', tools: 'tool_use' },
  google: { text: 'STOP', tools: 'STOP' },
} as const

export function providerOf(model: DemoModel): keyof typeof finishReasons {
  return prices[model].provider
}

export function finishReasonOf(model: DemoModel, ending: 'text' | 'tools'): string {
  return finishReasons[providerOf(model)][ending]
}

/** USD, rounded once. */
export function costOf(model: DemoModel, tokens: { input: number; output: number }): number {
  const { input, output } = prices[model]
  return (tokens.input * input + tokens.output * output) / 1e9
}
