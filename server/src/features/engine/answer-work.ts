import { ChatStream, type ReplyEncoder } from './chat-encoder.ts'
import { ChatReply } from './chat-reply.ts'
import { embeddingsReply } from './embeddings-reply.ts'
import { EngineFault } from './engine-fault.ts'
import type { EngineModel } from './engine-model.ts'
import type { Prompt } from './engine-protocol.ts'
import { jsonReply, refusalReply, streamReply } from './engine-reply.ts'
import type { EngineReply, EngineRequest } from './engine.ts'
import { creditTokens, JobGroup, type GroupNews } from './job-group.ts'
import type { JobOrder } from './engine-process.ts'
import { readChatRequest, type ChatWork } from './read-chat-request.ts'
import { readBody } from './read-shape.ts'
import {
  readCountRequest,
  readEmbeddingRequest,
  readTextRequest,
  type EmbeddingWork,
  type TextWork,
} from './read-text-request.ts'
import { replyFacts, type ReplyPowers } from './reply-facts.ts'
import { TextReply, TextStream } from './text-encoder.ts'
import { TokenNotes } from './token-notes.ts'

/**
 * Answers a request in OpenAI's dialect. A reply begins with the first token, so that whatever goes
 * wrong before is an answer with a status. Throws EngineFault for a refusal, UpstreamError for an
 * abort and for the limit on the first token.
 */
export async function answerRequest(
  model: EngineModel,
  request: EngineRequest,
  powers: ReplyPowers,
): Promise<EngineReply> {
  const body = readBody(request.body)
  const traceTokens = request.traceTokens ?? null
  switch (request.path) {
    case '/chat/completions':
      return generate(model, readChatRequest(body, model.plan, traceTokens), { request, powers })
    case '/completions':
      return generate(model, readTextRequest(body, model.plan, traceTokens), { request, powers })
    case '/embeddings':
      return embed(model, readEmbeddingRequest(body, model.plan), request)
    case '/tokenize':
      return count(model, readCountRequest(body), request)
  }
}

interface Asked {
  readonly request: EngineRequest
  readonly powers: ReplyPowers
}

async function generate(
  model: EngineModel,
  work: ChatWork | TextWork,
  { request, powers }: Asked,
): Promise<EngineReply> {
  const credit = work.isStream ? creditTokens : wholeCredit
  const orders = work.jobs.map((job) => ({ type: 'generate', job, credit }) as const)
  const group = new JobGroup(model, orders, request)
  const notes = typeof request.traceTokens === 'number' ? new TokenNotes() : null
  if (notes) request.onTrace?.(notes)
  const encoder = encoderOf(work, powers)
  if (work.isStream) {
    return streamReply({ group, encoder, notes, said: await firstWords(group) })
  }
  try {
    return jsonReply(await wholeText(group, encoder, notes), notes)
  } catch (error) {
    if (error instanceof EngineFault) return refusalReply(error.refusal, notes)
    throw error
  }
}

/** Whoever waits for a whole reply reads as fast as any model writes; this saves messages. */
const wholeCredit = 512

async function firstWords(group: JobGroup): Promise<readonly GroupNews[]> {
  const said: GroupNews[] = []
  while (said.every(({ news }) => news.type === 'begun')) said.push(...(await group.next()))
  return said
}

async function wholeText(
  group: JobGroup,
  encoder: ReplyEncoder,
  notes: TokenNotes | null,
): Promise<string> {
  for (;;) {
    const said = await group.next()
    notes?.add(said)
    const text = encoder.feed(said)
    if (text !== '') return text
  }
}

function encoderOf(work: ChatWork | TextWork, powers: ReplyPowers): ReplyEncoder {
  if (work.kind === 'chat') {
    const facts = replyFacts('chatcmpl', work.model, powers)
    return work.isStream ? new ChatStream(work, facts, powers) : new ChatReply(work, facts, powers)
  }
  const facts = replyFacts('cmpl', work.model, powers)
  return work.isStream ? new TextStream(work, facts) : new TextReply(work, facts)
}

async function embed(
  model: EngineModel,
  work: EmbeddingWork,
  request: EngineRequest,
): Promise<EngineReply> {
  const news = await onlyNews(model, { type: 'embed', inputs: work.inputs }, request)
  if (news?.type !== 'embedded') throw new Error('an embedding was not answered by one')
  return jsonReply(embeddingsReply(work, news))
}

async function count(
  model: EngineModel,
  prompt: Prompt,
  request: EngineRequest,
): Promise<EngineReply> {
  const news = await onlyNews(model, { type: 'count', prompt }, request)
  if (news?.type !== 'counted') throw new Error('a count was not answered by one')
  return jsonReply(JSON.stringify({ count: news.tokens }))
}

async function onlyNews(model: EngineModel, order: JobOrder, request: EngineRequest) {
  const [said] = await new JobGroup(model, [order], request).next()
  return said?.news
}
