import type { Message, Recording } from './recording.ts'

const searchCall = {
  id: 'call_search_1',
  type: 'function',
  function: {
    name: 'web_search',
    arguments: '{"query":"air source heat pump output below -15 C field study"}',
  },
}
const fetchCall = {
  id: 'call_fetch_1',
  type: 'function',
  function: {
    name: 'fetch_page',
    arguments: '{"url":"https://energy.example.org/field-study-cold-climate"}',
  },
}

const searchHits = JSON.stringify([
  {
    title: 'Field study of 43 heat pumps in cold climates',
    url: 'https://energy.example.org/field-study-cold-climate',
    snippet: 'Median seasonal figures and hourly output down to -24 C over two winters.',
  },
  {
    title: 'Sizing a heat pump for a cold house',
    url: 'https://homes.example.net/sizing',
    snippet: 'Why the balance point matters more than the label.',
  },
])

const page =
  'Forty-three homes were metered over two winters. At -15 C the median coefficient of ' +
  'performance was 2.0, with units between 1.6 and 2.4. At -20 C it was 1.7. Heat output fell ' +
  'to 78 % of the rating at -15 C. Defrost cycles took 4 to 9 % of the running time. In 31 homes ' +
  'a back-up heater ran, for 3 % of the hours of the season.'

const facts = JSON.stringify({
  cop_at_minus_15: 2.0,
  cop_range_at_minus_15: [1.6, 2.4],
  cop_at_minus_20: 1.7,
  output_share_at_minus_15: 0.78,
  backup_share_of_hours: 0.03,
  homes: 43,
})

const draft =
  '## Heat pumps below -15 C\n\nIn a metered study of 43 homes the median unit still gave two ' +
  'units of heat for one of electricity at -15 C (1.6 to 2.4), and 1.7 at -20 C. Output falls to ' +
  'about 78 % of the rating, so size for the coldest hours or plan a back-up heater: it ran for ' +
  '3 % of the season.'

const researcher: readonly Message[] = [
  {
    role: 'system',
    content: 'You are a research assistant. Search, read the sources, then answer with figures.',
  },
  { role: 'user', content: 'How well do heat pumps work below -15 C?' },
  { role: 'assistant', content: null, tool_calls: [searchCall] },
  { role: 'tool', tool_call_id: searchCall.id, content: searchHits },
  { role: 'assistant', content: null, tool_calls: [fetchCall] },
  { role: 'tool', tool_call_id: fetchCall.id, content: page },
]

const extractor: readonly Message[] = [
  { role: 'user', content: `List the figures of this text as one flat JSON object.\n\n${page}` },
]

const writer: readonly Message[] = [
  { role: 'system', content: 'Write for home owners. Use only the figures given.' },
  { role: 'user', content: `Question: heat pumps below -15 C.\nFigures: ${facts}` },
  { role: 'assistant', content: draft },
  { role: 'user', content: 'Add one sentence on what was not measured.' },
]

const fetchAttributes = {
  'tool.name': 'fetch_page',
  'tool.input': fetchCall.function.arguments,
}

/** Several models, a tool that fails once and is tried again. */
export const researchAgent: Recording = {
  key: 'research-agent',
  sdkLanguage: 'python',
  secondsAgo: 240,
  conversations: { researcher, extractor, writer },
  steps: [
    {
      key: 'root',
      type: 'agent_step',
      name: 'Demo: Research agent',
      fromMs: 0,
      toMs: 24_610,
      attributes: {
        'agent.step_name': 'research',
        'agent.input': 'How well do heat pumps work below -15 C?',
        'agent.output': draft,
      },
    },
    {
      key: 'gather',
      in: 'root',
      type: 'agent_step',
      name: 'Gather sources',
      fromMs: 12,
      toMs: 13_140,
      attributes: { 'agent.step_name': 'gather', 'agent.thought': 'Find measured figures first.' },
    },
    {
      key: 'plan',
      in: 'gather',
      name: 'gpt-4o',
      model: 'gpt-4o',
      conversation: 'researcher',
      reads: 2,
      completion: '',
      toolCalls: [searchCall],
      fromMs: 20,
      toMs: 1310,
    },
    {
      key: 'search',
      in: 'gather',
      type: 'tool_use',
      name: 'web_search',
      fromMs: 1322,
      toMs: 2205,
      attributes: {
        'tool.name': 'web_search',
        'tool.input': searchCall.function.arguments,
        'tool.output': searchHits,
      },
    },
    {
      key: 'choose',
      in: 'gather',
      name: 'gpt-4o',
      model: 'gpt-4o',
      conversation: 'researcher',
      reads: 4,
      completion: '',
      toolCalls: [fetchCall],
      fromMs: 2214,
      toMs: 3390,
    },
    {
      key: 'fetch-1',
      in: 'gather',
      type: 'tool_use',
      name: 'fetch_page',
      error: 'Timeout: energy.example.org gave no answer within 5 s',
      fromMs: 3401,
      toMs: 8403,
      attributes: { ...fetchAttributes, 'tool.attempt': 1 },
    },
    {
      key: 'fetch-2',
      in: 'gather',
      type: 'tool_use',
      name: 'fetch_page',
      fromMs: 9405,
      toMs: 10_212,
      attributes: { ...fetchAttributes, 'tool.output': page, 'tool.attempt': 2 },
    },
    {
      key: 'digest',
      in: 'gather',
      name: 'gpt-4o',
      model: 'gpt-4o',
      conversation: 'researcher',
      reads: 6,
      completion: 'The study answers the question. Extract its figures and write the summary.',
      fromMs: 10_224,
      toMs: 11_480,
    },
    {
      key: 'extract',
      in: 'gather',
      name: 'gemini-2.5-flash',
      model: 'gemini-2.5-flash',
      conversation: 'extractor',
      reads: 1,
      completion: facts,
      fromMs: 11_492,
      toMs: 13_128,
    },
    {
      key: 'write',
      in: 'root',
      type: 'agent_step',
      name: 'Write the summary',
      fromMs: 13_150,
      toMs: 24_598,
      attributes: { 'agent.step_name': 'write', 'agent.input': facts },
    },
    {
      key: 'draft',
      in: 'write',
      name: 'claude-sonnet-4-6',
      model: 'claude-sonnet-4-6',
      conversation: 'writer',
      reads: 2,
      completion: draft,
      fromMs: 13_162,
      toMs: 18_904,
    },
    {
      key: 'revise',
      in: 'write',
      name: 'claude-sonnet-4-6',
      model: 'claude-sonnet-4-6',
      conversation: 'writer',
      reads: 4,
      completion: `${draft} Noise and the cost of installation were not measured.`,
      fromMs: 18_921,
      toMs: 24_510,
    },
    {
      key: 'save',
      in: 'write',
      type: 'file_operation',
      name: 'Write heat-pumps.md',
      fromMs: 24_520,
      toMs: 24_533,
      attributes: {
        'file.operation': 'write',
        'file.path': 'reports/heat-pumps.md',
        'file.size_bytes': draft.length,
      },
    },
  ],
}
