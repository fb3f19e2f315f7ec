import { ChoiceReader, type ChoiceNews } from './choice-reader.ts'
import type { JobNews } from './engine-process.ts'
import type { GroupNews } from './job-group.ts'
import type { ChatWork } from './read-chat-request.ts'
import type { CalledTool } from './read-calls.ts'
import { callId, timingsOf, usageOf, type ReplyFacts, type ReplyPowers } from './reply-facts.ts'
import { chatTokens } from './reply-tokens.ts'
import type { TextEvent } from './tool-call-text.ts'

/** Turns what jobs say into the bytes of a reply. */
export interface ReplyEncoder {
  /** The text to send now; empty when there is nothing to say yet. */
  feed(said: readonly GroupNews[]): string
  /** Everything is said. */
  readonly isOver: boolean
}

/** The stream of a chat: role, deltas, ends, usage, `[DONE]`. */
export class ChatStream implements ReplyEncoder {
  readonly #work: ChatWork
  readonly #powers: ReplyPowers
  readonly #head: string
  readonly #choices: readonly StreamedChoice[]

  constructor(work: ChatWork, facts: ReplyFacts, powers: ReplyPowers) {
    this.#work = work
    this.#powers = powers
    this.#head = headOf('chat.completion.chunk', facts)
    this.#choices = work.jobs.map(() => ({
      reader: new ChoiceReader(work.tools),
      hasBegun: false,
      calls: 0,
    }))
  }

  get isOver(): boolean {
    return this.#choices.every(({ reader }) => reader.end)
  }

  feed(said: readonly GroupNews[]): string {
    const texts = byChoice(said, this.#choices.length).map((news, index) =>
      news.length === 0 ? '' : this.#choiceText(index, news),
    )
    return texts.join('') + (this.isOver ? this.#closing() : '')
  }

  #choiceText(index: number, said: readonly JobNews[]): string {
    const choice = this.#choices[index]
    if (!choice) return ''
    const news = choice.reader.read(said)
    const begins = choice.hasBegun
      ? ''
      : this.#frame(index, '{"role":"assistant","content":"","refusal":null}')
    choice.hasBegun = true
    return begins + this.#deltas(index, choice, news) + this.#end(index, choice)
  }

  #deltas(index: number, choice: StreamedChoice, { events, tokens }: ChoiceNews): string {
    const top = this.#work.logprobs
    let logprobs = 'null'
    if (top !== null && tokens.length > 0) {
      logprobs = JSON.stringify({ content: chatTokens(tokens, top), refusal: null })
    }
    // Tokens whose text is held back, or became thinking, are told all the same.
    const deltas = events.map((event) => this.#delta(choice, event))
    if (deltas.length === 0 && logprobs !== 'null') deltas.push('{"content":""}')
    return deltas
      .map((delta, at) => this.#frame(index, delta, at === 0 ? logprobs : 'null'))
      .join('')
  }

  #delta(choice: StreamedChoice, event: TextEvent): string {
    switch (event.type) {
      case 'text':
        return `{"content":${JSON.stringify(event.text)}}`
      case 'reasoning':
        return `{"reasoning_content":${JSON.stringify(event.text)}}`
      case 'call': {
        const call = { index: choice.calls, ...toolCall(event.call, this.#powers) }
        choice.calls += 1
        return JSON.stringify({ tool_calls: [call] })
      }
    }
  }

  /** The last of all ends holds the figures. */
  #end(index: number, { reader }: StreamedChoice): string {
    if (!reader.end) return ''
    const figures = this.isOver ? `,${this.#usage()},"timings":${this.#timings()}` : ''
    const choice = `{"index":${index},"delta":{},"logprobs":null,"finish_reason":"${reader.finishReason}"}`
    return `${this.#head}[${choice}]${figures}}\n\n`
  }

  #closing(): string {
    const extra = this.#work.includesUsage ? `${this.#head}[],${this.#usage()}}\n\n` : ''
    return `${extra}data: [DONE]\n\n`
  }

  #frame(index: number, delta: string, logprobs = 'null'): string {
    return `${this.#head}[{"index":${index},"delta":${delta},"logprobs":${logprobs},"finish_reason":null}]}\n\n`
  }

  #usage(): string {
    return `"usage":${JSON.stringify(usageOf(endsOf(this.#choices), this.#choices.length))}`
  }

  #timings(): string {
    return JSON.stringify(timingsOf(endsOf(this.#choices)))
  }
}

interface StreamedChoice {
  readonly reader: ChoiceReader
  hasBegun: boolean
  calls: number
}

function endsOf(choices: readonly { readonly reader: ChoiceReader }[]) {
  return choices.flatMap(({ reader }) => reader.end ?? [])
}

/** Each chunk up to its choices; the same text again and again, so it is made once. */
export function headOf(object: string, { id, created, model }: ReplyFacts): string {
  return `data: ${JSON.stringify({ id, object, created, model }).slice(0, -1)},"choices":`
}

/** What was said, for each choice in order. */
export function byChoice(said: readonly GroupNews[], choices: number): readonly JobNews[][] {
  if (choices === 1) return [said.map(({ news }) => news)]
  const lists = Array.from({ length: choices }, (): JobNews[] => [])
  for (const { index, news } of said) lists[index]?.push(news)
  return lists
}

export function toolCall(call: CalledTool, powers: ReplyPowers) {
  return { id: callId(powers), type: 'function', function: call }
}
