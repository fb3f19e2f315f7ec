/** The companies of Beacon's own list. */
export type BeaconProvider = 'openai' | 'anthropic' | 'google'

/** USD per million tokens read, and written. */
export type BeaconRate = readonly [input: number, output: number]

/** Models and prices of Beacon's own routes. Source: beacon contract §10.4. */
export const beaconTable = {
  openai: {
    'gpt-4.1': [2, 8],
    'gpt-4.1-mini': [0.4, 1.6],
    'gpt-4.1-nano': [0.1, 0.4],
    'gpt-4o': [2.5, 10],
    'gpt-4o-mini': [0.15, 0.6],
    o3: [2, 8],
    'o3-mini': [1.1, 4.4],
    'o4-mini': [1.1, 4.4],
    o1: [15, 60],
    'o1-mini': [3, 12],
    'gpt-4-turbo': [10, 30],
    'gpt-4': [30, 60],
    'gpt-3.5-turbo': [0.5, 1.5],
  },
  anthropic: {
    'claude-opus-4-6': [5, 25],
    'claude-sonnet-4-6': [3, 15],
    'claude-haiku-4-5-20251001': [1, 5],
    'claude-sonnet-4-5-20250929': [3, 15],
    'claude-sonnet-4-20250514': [3, 15],
    'claude-3-5-sonnet-20241022': [3, 15],
    'claude-3-5-haiku-20241022': [1, 5],
    'claude-3-opus-20240229': [15, 75],
    'claude-3-haiku-20240307': [0.25, 1.25],
  },
  google: {
    'gemini-2.5-pro': [1.25, 10],
    'gemini-2.5-flash': [0.15, 0.6],
    'gemini-2.0-flash-lite': [0.075, 0.3],
    'gemini-2.0-flash': [0.1, 0.4],
    'gemini-1.5-pro': [1.25, 5],
    'gemini-1.5-flash': [0.075, 0.3],
  },
} as const satisfies Record<BeaconProvider, Readonly<Record<string, BeaconRate>>>
