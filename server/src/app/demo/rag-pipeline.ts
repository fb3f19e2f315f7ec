import type { Message, Recording } from './recording.ts'

const question = 'Can I return a gift without the receipt?'
const rewritten = 'return policy gift no receipt proof of purchase exchange store credit'

const vectorHits = [
  {
    id: 'policy-7',
    score: 0.83,
    text: 'Gifts can be exchanged or turned into store credit within 60 days. A receipt is not needed if the article number is readable.',
  },
  {
    id: 'policy-2',
    score: 0.71,
    text: 'Refunds to a card need the receipt or the order number.',
  },
]
const keywordHits = [
  {
    id: 'faq-31',
    score: 11.2,
    text: 'Lost your receipt? We can find the order by e-mail address and date.',
  },
  { id: 'policy-7', score: 9.8, text: vectorHits[0]?.text },
]
const ranking = JSON.stringify(['policy-7', 'faq-31', 'policy-2'])
const passages = [vectorHits[0], keywordHits[0], vectorHits[1]]
  .map((hit) => `[${hit?.id}] ${hit?.text}`)
  .join('\n')

const answer =
  'Yes. Within 60 days a gift can be exchanged or turned into store credit without a receipt, as ' +
  'long as the article number is readable [policy-7]. For a refund to a card we need the receipt ' +
  'or the order number [policy-2]; with an e-mail address and a date we can look it up [faq-31].'

const rewriter: readonly Message[] = [
  { role: 'system', content: 'Turn the question into search terms. Answer with the terms only.' },
  { role: 'user', content: question },
]

const ranker: readonly Message[] = [
  { role: 'system', content: 'Order the passages by use for the question, as a JSON list of ids.' },
  { role: 'user', content: `${question}\n\n${passages}` },
]

const answerer: readonly Message[] = [
  { role: 'system', content: 'Answer from the passages only and cite their ids in brackets.' },
  { role: 'user', content: `${passages}\n\nQuestion: ${question}` },
  { role: 'assistant', content: answer },
  { role: 'user', content: 'And if the article number is torn off?' },
]

const checker: readonly Message[] = [
  {
    role: 'user',
    content: `Is every claim backed by the passages? JSON with "grounded" and "missing".\n\n${passages}\n\n${answer}`,
  },
]

/** A chain in which everything goes well. */
export const ragPipeline: Recording = {
  key: 'rag-pipeline',
  sdkLanguage: 'python',
  secondsAgo: 1500,
  conversations: { rewriter, ranker, answerer, checker },
  steps: [
    {
      key: 'root',
      type: 'chain',
      name: 'Demo: RAG pipeline',
      fromMs: 0,
      toMs: 8940,
      attributes: { 'chain.type': 'rag', 'chain.input': question, 'chain.output': answer },
    },
    {
      key: 'retrieve',
      in: 'root',
      type: 'chain',
      name: 'Retrieve',
      fromMs: 6,
      toMs: 2912,
      attributes: {
        'chain.type': 'retrieval',
        'chain.input': question,
        'chain.output': passages,
      },
    },
    {
      key: 'rewrite',
      in: 'retrieve',
      name: 'gemini-2.5-flash',
      model: 'gemini-2.5-flash',
      conversation: 'rewriter',
      reads: 2,
      completion: rewritten,
      fromMs: 14,
      toMs: 702,
    },
    {
      key: 'vectors',
      in: 'retrieve',
      type: 'tool_use',
      name: 'vector_search',
      fromMs: 711,
      toMs: 842,
      attributes: {
        'tool.name': 'vector_search',
        'tool.input': JSON.stringify({ query: rewritten, top: 2 }),
        'tool.output': JSON.stringify(vectorHits),
      },
    },
    {
      key: 'keywords',
      in: 'retrieve',
      type: 'tool_use',
      name: 'keyword_search',
      fromMs: 711,
      toMs: 768,
      attributes: {
        'tool.name': 'keyword_search',
        'tool.input': JSON.stringify({ query: rewritten, top: 2 }),
        'tool.output': JSON.stringify(keywordHits),
      },
    },
    {
      key: 'rank',
      in: 'retrieve',
      name: 'gpt-4o-mini',
      model: 'gpt-4o-mini',
      conversation: 'ranker',
      reads: 2,
      completion: ranking,
      fromMs: 851,
      toMs: 2903,
    },
    {
      key: 'answer',
      in: 'root',
      name: 'gpt-4o',
      model: 'gpt-4o',
      conversation: 'answerer',
      reads: 2,
      completion: answer,
      fromMs: 2921,
      toMs: 5480,
    },
    {
      key: 'check',
      in: 'root',
      name: 'gemini-2.5-flash',
      model: 'gemini-2.5-flash',
      conversation: 'checker',
      reads: 1,
      completion: '{"grounded":true,"missing":[]}',
      fromMs: 5492,
      toMs: 6633,
    },
    {
      key: 'follow-up',
      in: 'root',
      name: 'gpt-4o',
      model: 'gpt-4o',
      conversation: 'answerer',
      reads: 4,
      completion:
        'Then the passages promise no exchange without a receipt. With an e-mail address and a ' +
        'date the order can be looked up [faq-31], which replaces the receipt.',
      fromMs: 6645,
      toMs: 8931,
    },
  ],
}
