import type { GenerateEnd, TracedToken } from './engine-protocol.ts'
import type { JobNews } from './engine-process.ts'
import type { ToolUse } from './read-tools.ts'
import { endText, feedText, startText, type TextEvent, type TextRules } from './tool-call-text.ts'

/** What one answer of a chat says next; calls are whole. */
export interface ChoiceNews {
  readonly events: readonly TextEvent[]
  readonly tokens: readonly TracedToken[]
}

export type FinishReason = 'stop' | 'length' | 'tool_calls'

/** One answer of a chat as it comes: text, thinking and calls told apart. */
export class ChoiceReader {
  readonly #rules: TextRules
  readonly #mayCallSeveral: boolean
  #state
  #calls = 0
  #end: GenerateEnd | null = null

  constructor(tools: ToolUse | null) {
    this.#rules = {
      tools: tools?.names ?? null,
      isCall: tools?.grammar !== null && tools?.grammar !== undefined,
      findsThinking: true,
    }
    this.#mayCallSeveral = tools?.mayCallSeveral ?? true
    this.#state = startText(this.#rules)
  }

  get end(): GenerateEnd | null {
    return this.#end
  }

  get finishReason(): FinishReason {
    if (this.#end?.reason === 'length') return 'length'
    return this.#calls > 0 ? 'tool_calls' : 'stop'
  }

  read(said: readonly JobNews[]): ChoiceNews {
    const events: TextEvent[] = []
    const tokens: TracedToken[] = []
    let text = ''
    for (const news of said) {
      if (news.type === 'tokens') {
        text += news.text
        if (news.tokens) tokens.push(...news.tokens)
      } else if (news.type === 'begun' && news.isThinking) {
        this.#state = startText(this.#rules, true)
      } else if (news.type === 'ended') this.#end = news.end
    }
    if (text !== '') {
      const step = feedText(this.#state, text, this.#rules)
      this.#state = step.state
      events.push(...step.events)
    }
    if (this.#end) events.push(...endText(this.#state, this.#rules))
    return { events: events.filter((event) => this.#counts(event)), tokens }
  }

  /** Who wants one call at a time hears of the first. */
  #counts(event: TextEvent): boolean {
    if (event.type !== 'call') return true
    this.#calls += 1
    return this.#mayCallSeveral || this.#calls === 1
  }
}
