/** Whose price list a provider's name points at. */
export type Seller =
  | { readonly kind: 'listed'; readonly id: string }
  /** A framework or gateway: says nothing of who ran the model. */
  | { readonly kind: 'untold' }
  /** One's own machine, or a company whose prices no list holds: not free, but unknown. */
  | { readonly kind: 'unlisted' }
  /** A name nobody taught us, such as a connection of one's own. */
  | { readonly kind: 'stranger' }

/** Sellers by the id of the market's list, with the names that tracers and SDKs give them. */
const listed: Readonly<Record<string, string>> = {
  anthropic: 'anthropic claude chatanthropic',
  arcee: 'arcee arceeai',
  avian: 'avian',
  aws: 'aws bedrock awsbedrock amazonbedrock bedrockconverse chatbedrock amazon',
  azure: 'azure az azureai azureopenai azureopenairesponses azurechatopenai',
  baseten: 'baseten',
  cerebras: 'cerebras',
  cloudflare: 'cloudflare workersai cloudflareworkersai',
  cohere: 'cohere coherechat',
  cursor: 'cursor',
  deepseek: 'deepseek',
  doubleword: 'doubleword',
  fireworks: 'fireworks fireworksai',
  'github-copilot': 'githubcopilot copilot',
  google:
    'google gcp gemini genai googleai googleaistudio googlegenai googlegenerativeai vertex ' +
    'vertexai vertexaibeta googlevertex googlevertexai googleanthropicvertex vertexanthropic',
  groq: 'groq',
  huggingface_cerebras: 'huggingfacecerebras',
  'huggingface_fireworks-ai': 'huggingfacefireworksai',
  huggingface_groq: 'huggingfacegroq',
  huggingface_hyperbolic: 'huggingfacehyperbolic',
  huggingface_nebius: 'huggingfacenebius',
  huggingface_novita: 'huggingfacenovita',
  huggingface_nscale: 'huggingfacenscale',
  huggingface_ovhcloud: 'huggingfaceovhcloud',
  huggingface_publicai: 'huggingfacepublicai',
  huggingface_sambanova: 'huggingfacesambanova',
  huggingface_together: 'huggingfacetogether',
  minimax: 'minimax',
  mistral: 'mistral mistralai',
  modal: 'modal',
  moonshotai: 'moonshot moonshotai',
  novita: 'novita novitaai',
  openai: 'openai chatopenai textcompletionopenai',
  openrouter: 'openrouter',
  ovhcloud: 'ovhcloud ovh',
  perplexity: 'perplexity perplexityai pplx',
  quicksilverpro: 'quicksilverpro',
  together: 'together togetherai',
  typesafe: 'typesafe',
  voyageai: 'voyage voyageai',
  'x-ai': 'xai grok',
  zai: 'zai',
  zhipuai: 'zhipu zhipuai bigmodel',
}

const untold =
  'unknown none custom openaicompatible gateway aigateway router langchain langgraph llamaindex ' +
  'crewai autogen livekit haystack dspy vercel vercelai vercelaigateway litellm litellmproxy ' +
  'portkey helicone traceloop langfuse openinference pydanticai mastra openaiagents smolagents'

const unlisted =
  'ollama ollamachat local localai lmstudio llamacpp llamafile vllm hostedvllm nodellamacpp ' +
  'gpt4all mlx jan koboldcpp textgenerationwebui tgi sglang triton transformers xinference ' +
  'huggingfacelocal thunder deepinfra huggingface replicate nvidia nim sambanova ibm watsonx ' +
  'anyscale databricks snowflake oci hyperbolic nebius nscale sagemaker alephalpha ai21 writer ' +
  'fal friendli lepton lambda predibase'

const entriesOf = (names: string, seller: Seller): readonly (readonly [string, Seller])[] =>
  names.split(' ').map((name) => [name, seller])

const sellers: ReadonlyMap<string, Seller> = new Map([
  ...Object.entries(listed).flatMap(([id, names]) => entriesOf(names, { kind: 'listed', id })),
  ...entriesOf(untold, { kind: 'untold' }),
  ...entriesOf(unlisted, { kind: 'unlisted' }),
])

/** Ids of all sellers with a price list, as `@pydantic/genai-prices` names them. */
export const sellerIds: readonly string[] = Object.keys(listed)

/**
 * Recognises a provider's name in any dialect: letter case and separators do not count, and of
 * `openai.chat` or `aws.bedrock` the first word decides when the whole is not known.
 */
export function sellerOf(provider: string | null): Seller {
  const name = provider?.slice(0, maxNameLength).trim().toLowerCase() ?? ''
  if (name === '') return { kind: 'untold' }
  const [first = ''] = name.split('.')
  return sellers.get(squeeze(name)) ?? sellers.get(squeeze(first)) ?? { kind: 'stranger' }
}

const maxNameLength = 80

function squeeze(name: string): string {
  return name.replaceAll(/[^a-z0-9]/g, '')
}
