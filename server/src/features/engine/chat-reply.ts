import { byChoice, toolCall, type ReplyEncoder } from './chat-encoder.ts'
import { ChoiceReader } from './choice-reader.ts'
import type { JobNews } from './engine-process.ts'
import type { TracedToken } from './engine-protocol.ts'
import type { GroupNews } from './job-group.ts'
import type { CalledTool } from './read-calls.ts'
import type { ChatWork } from './read-chat-request.ts'
import { timingsOf, usageOf, type ReplyFacts, type ReplyPowers } from './reply-facts.ts'
import { chatTokens } from './reply-tokens.ts'

/** A chat in one piece. */
export class ChatReply implements ReplyEncoder {
  readonly #work: ChatWork
  readonly #facts: ReplyFacts
  readonly #powers: ReplyPowers
  readonly #choices: readonly GatheredChoice[]

  constructor(work: ChatWork, facts: ReplyFacts, powers: ReplyPowers) {
    this.#work = work
    this.#facts = facts
    this.#powers = powers
    this.#choices = work.jobs.map(() => new GatheredChoice(work))
  }

  get isOver(): boolean {
    return this.#choices.every(({ reader }) => reader.end)
  }

  feed(said: readonly GroupNews[]): string {
    for (const [index, news] of byChoice(said, this.#choices.length).entries()) {
      this.#choices[index]?.add(news)
    }
    return this.isOver ? JSON.stringify(this.#body()) : ''
  }

  #body() {
    const { id, created, model } = this.#facts
    const ends = this.#choices.flatMap(({ reader }) => reader.end ?? [])
    return {
      id,
      object: 'chat.completion',
      created,
      model,
      choices: this.#choices.map((choice, index) => this.#choice(choice, index)),
      usage: usageOf(ends, ends.length),
      timings: timingsOf(ends),
    }
  }

  #choice({ text, reasoning, calls, tokens, reader }: GatheredChoice, index: number) {
    const { logprobs: top } = this.#work
    const called = calls.map((call) => toolCall(call, this.#powers))
    return {
      index,
      message: {
        role: 'assistant',
        content: text === '' && called.length > 0 ? null : text,
        refusal: null,
        ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
        ...(called.length === 0 ? {} : { tool_calls: called }),
      },
      logprobs: top === null ? null : { content: chatTokens(tokens, top), refusal: null },
      finish_reason: reader.finishReason,
    }
  }
}

class GatheredChoice {
  readonly reader: ChoiceReader
  readonly calls: CalledTool[] = []
  readonly tokens: TracedToken[] = []
  readonly #keepsTokens: boolean
  text = ''
  reasoning = ''

  constructor({ tools, logprobs }: ChatWork) {
    this.reader = new ChoiceReader(tools)
    this.#keepsTokens = logprobs !== null
  }

  add(said: readonly JobNews[]): void {
    if (said.length === 0) return
    const { events, tokens } = this.reader.read(said)
    if (this.#keepsTokens) this.tokens.push(...tokens)
    for (const event of events) {
      if (event.type === 'text') this.text += event.text
      else if (event.type === 'reasoning') this.reasoning += event.text
      else this.calls.push(event.call)
    }
  }
}
