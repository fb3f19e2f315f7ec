/** The names of tracers and frameworks in the words that Pharos shows. */

/** Providers by how their name begins; others keep theirs. The longer beginning stands first. */
const providers: readonly (readonly [string, string])[] = [
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['ollama', 'ollama'],
  ['google.vertex', 'google'],
  ['google.generative-ai', 'google'],
  ['google', 'google'],
  ['gcp.gemini', 'google'],
  ['gcp.gen_ai', 'google'],
  ['gcp.vertex_ai', 'google'],
  ['gemini', 'google'],
  ['vertex_ai', 'google'],
  ['vertexai', 'google'],
]

/** `openai.chat` and `OpenAI` are openai; `openai-compatible` is not. */
export function providerName(told: string): string {
  const name = told.trim().toLowerCase()
  const known = providers.find(([start]) => name === start || name.startsWith(`${start}.`))
  return known ? known[1] : told
}

/** Reasons in OpenAI's words where a tracer spells the same differently. */
const finishReasons: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_calls',
  tool_call: 'tool_calls',
  'content-filter': 'content_filter',
}

export function finishReasonName(told: string): string {
  return Object.hasOwn(finishReasons, told) ? (finishReasons[told] ?? told) : told
}

/** Frameworks by a word in the name of the instrumentation scope or of the provider. */
const frameworks: readonly (readonly [string, string])[] = [
  ['langchain', 'langchain'],
  ['langgraph', 'langchain'],
  ['crewai', 'crewai'],
  ['autogen', 'autogen'],
  ['llamaindex', 'llamaindex'],
  ['llama_index', 'llamaindex'],
  ['livekit', 'livekit'],
  ['openai_agents', 'openai-agents'],
  ['openai-agents', 'openai-agents'],
  ['pydantic-ai', 'pydantic-ai'],
  ['pydantic_ai', 'pydantic-ai'],
  ['smolagents', 'smolagents'],
  ['strands', 'strands-agents'],
  ['haystack', 'haystack'],
  ['mastra', 'mastra'],
  ['semantic_kernel', 'semantic-kernel'],
  ['google_adk', 'google-adk'],
  ['google-adk', 'google-adk'],
  ['gcp.vertex.agent', 'google-adk'],
  ['dspy', 'dspy'],
  ['agno', 'agno'],
]

export function frameworkName(told: string): string | undefined {
  const name = told.slice(0, 200).toLowerCase()
  return frameworks.find(([word]) => name.includes(word))?.[1]
}
