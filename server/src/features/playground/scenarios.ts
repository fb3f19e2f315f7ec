/** The demo agents. Keys, names, providers and models are part of the wire (beacon contract §7.1). */
import type { Tool } from '../completion/index.ts'
import { tools } from './simulated-tools.ts'

export interface Scenario {
  readonly key: string
  readonly name: string
  readonly description: string
  readonly provider: 'openai' | 'anthropic'
  readonly model: string
  readonly systemPrompt: string
  readonly userMessage: string
  readonly tools: readonly Tool[]
}

const sourceToReview = `def average(numbers):
    """Give the mean of a list of numbers."""
    count = 0
    total = 0
    for number in numbers:
        total = total + number
    return totl / len(numbers)


scores = [82, 91, 77]
print(average(scores))
scores
`

export const scenarios: readonly Scenario[] = [
  {
    key: 'research_assistant',
    name: 'Research Assistant',
    description: 'Weighs REST against GraphQL for a new API after searching the web',
    provider: 'openai',
    model: 'gpt-4o-mini',
    systemPrompt:
      'You help engineers decide. Before you answer, look the question up with the web_search ' +
      'tool; then answer in a few paragraphs and name the pages you relied on.',
    userMessage:
      'We are designing an API for a mobile app and for partners. Should it be REST or GraphQL, ' +
      'and what does each cost us?',
    tools: [tools.webSearch],
  },
  {
    key: 'code_reviewer',
    name: 'Code Reviewer',
    description: 'Reviews a small Python function with a few bugs after running a linter on it',
    provider: 'anthropic',
    model: 'claude-haiku-4-5-20251001',
    systemPrompt:
      'You review Python. Run the run_linter tool on the code before you say anything; then list ' +
      'every problem, the linter’s and those it cannot see, and show the corrected function.',
    userMessage: `Please review this:\n\n\`\`\`python\n${sourceToReview}\`\`\``,
    tools: [tools.runLinter],
  },
  {
    key: 'trip_planner',
    name: 'Trip Planner',
    description: 'Plans a weekend in Tokyo in April with flights and a hotel',
    provider: 'openai',
    model: 'gpt-4o-mini',
    systemPrompt:
      'You plan journeys. Look up flights with search_flights and hotels with search_hotels ' +
      'before you propose anything; then give one plan with its total price.',
    userMessage:
      'I live in San Francisco and want to spend a long weekend in Tokyo in April, two or three ' +
      'nights, for at most 200 USD a night. What do you suggest?',
    tools: [tools.searchFlights, tools.searchHotels],
  },
]

export function findScenario(key: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.key === key)
}
