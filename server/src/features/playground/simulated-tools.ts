/**
 * Tools of the demo agents. They are simulated: whatever they are asked, each always answers the
 * same, so that a demo costs only the model's calls. Source: beacon contract §7.1, §7.3.
 */
import type { Tool } from '../completion/index.ts'

interface SimulatedTool {
  readonly tool: Tool
  readonly result: unknown
}

type Parameters = Readonly<Record<string, string>>

function objectOf(required: Parameters, optional: Parameters = {}): Tool['parameters'] {
  const properties = Object.entries({ ...required, ...optional }).map(
    ([name, description]) => [name, { type: 'string', description }] as const,
  )
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: Object.keys(required),
  }
}

const webSearch: SimulatedTool = {
  tool: {
    name: 'web_search',
    description: 'Searches the web and gives the best pages with a short extract of each',
    parameters: objectOf({ query: 'What to look for' }),
  },
  result: [
    {
      title: 'Choosing between REST and GraphQL',
      url: 'https://api-notes.example/rest-or-graphql',
      snippet:
        'REST maps resources to URLs, so ordinary HTTP caches, status codes and logs work as they ' +
        'are. It suits public APIs whose readers want few, stable shapes.',
    },
    {
      title: 'What GraphQL costs and what it saves',
      url: 'https://api-notes.example/graphql-in-practice',
      snippet:
        'GraphQL lets a client name the fields it needs and fetch them in one round trip. In ' +
        'return the server must bound query depth, batch its lookups and cache by itself.',
    },
  ],
}

const runLinter: SimulatedTool = {
  tool: {
    name: 'run_linter',
    description: 'Checks Python source and lists what a linter finds in it',
    parameters: objectOf({ code: 'The Python source, whole' }),
  },
  result: {
    warnings: [
      { line: 7, severity: 'error', code: 'E0602', message: "Undefined variable 'totl'" },
      { line: 3, severity: 'warning', code: 'W0612', message: "Unused variable 'count'" },
      { line: 12, severity: 'warning', code: 'W0104', message: 'Statement has no effect' },
    ],
    summary: '1 error and 2 warnings in 12 lines',
  },
}

const searchFlights: SimulatedTool = {
  tool: {
    name: 'search_flights',
    description: 'Finds flights between two cities',
    parameters: objectOf({
      from_city: 'Where the journey begins',
      to_city: 'Where it leads',
      dates: 'Days of travel, for example 10–13 April',
    }),
  },
  result: [
    {
      airline: 'Pacific Crest',
      flight: 'PC 107',
      departure: 'SFO 11:20',
      arrival: 'HND 14:45 (+1 day)',
      duration: '11 h 25 min',
      price_usd: 845,
      class: 'economy',
    },
    {
      airline: 'Sakura Air',
      flight: 'SX 21',
      departure: 'SFO 13:05',
      arrival: 'NRT 16:40 (+1 day)',
      duration: '11 h 35 min',
      price_usd: 920,
      class: 'economy',
    },
    {
      airline: 'Golden Bay',
      flight: 'GB 618',
      departure: 'SFO 00:35',
      arrival: 'NRT 09:10 (+1 day), one stop',
      duration: '16 h 35 min',
      price_usd: 780,
      class: 'economy',
    },
  ],
}

const searchHotels: SimulatedTool = {
  tool: {
    name: 'search_hotels',
    description: 'Finds hotels in a city',
    parameters: objectOf(
      { city: 'Where to stay', dates: 'Nights, for example 11–13 April' },
      { budget: 'The most a night may cost, for example 200 USD' },
    ),
  },
  result: [
    {
      name: 'Yanaka Garden Inn',
      location: 'Yanaka, five minutes from Nippori station',
      rating: 4.4,
      price_per_night_usd: 120,
      amenities: ['breakfast', 'wifi', 'bicycles'],
    },
    {
      name: 'Hotel Kawabe',
      location: 'Asakusa, by the river',
      rating: 4.6,
      price_per_night_usd: 158,
      amenities: ['public bath', 'wifi', 'laundry'],
    },
    {
      name: 'Shinjuku Terrace',
      location: 'Shinjuku, west exit',
      rating: 4.5,
      price_per_night_usd: 195,
      amenities: ['gym', 'wifi', 'bar', 'late check-out'],
    },
  ],
}

const simulated: readonly SimulatedTool[] = [webSearch, runLinter, searchFlights, searchHotels]

export const tools = {
  webSearch: webSearch.tool,
  runLinter: runLinter.tool,
  searchFlights: searchFlights.tool,
  searchHotels: searchHotels.tool,
} as const

/** What a tool answers, as pretty-printed JSON; a tool that does not exist answers as well. */
export function simulateTool(name: string): string {
  const known = simulated.find(({ tool }) => tool.name === name)
  return JSON.stringify(known?.result ?? { result: `Simulated result for ${name}` }, null, 2)
}
