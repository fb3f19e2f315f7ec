/**
 * Transcripts: requests and the replies that a contract promises, written by hand as text.
 *
 *     = root {"span_id":"s1",...}        a piece of text, used as ${root} further down
 *     # A batch is counted               a transcript begins; its title
 *     @ ingestSpans §1.3-2               the route it is about, and the section it follows
 *     % openai {"text":"Hi"}             what a provider will do next: a behaviour of its fake as JSON
 *     > POST /v1/spans                   an exchange: what is sent
 *     > accept: text/html                a header (`-` as value: left out)
 *     > {"spans":[${root}]}              the body, sent as it stands; lines are joined as they are
 *     < 200                              the status
 *     < vary: Origin                     a header that must be so
 *     < {"accepted":1,"rejected":0}      the body: JSON by value, other text by letter
 *     < ~ <title>                        other text: some of what it holds
 *     ? openai {"model":"gpt-4o","…":""} what the provider was asked meanwhile, in order
 *
 * Lines that begin with a blank continue the body or the piece above. In expected JSON, `"<now>"`,
 * `"<ts>"` (now, as RFC 3339), `"<uuid>"`, `"<token>"` (64 hexadecimal digits), `"<text>"`, `"<int>"`, `"<number>"` and `"<any>"` stand for what no contract can
 * foretell, `"<usd 0.1>"` for a cost equal to 1e-12, `"<uuid:a>"` for the same in every place, and a key `"…"` for further keys. What a reply
 * bound to a name is sent where a path or a body says `<uuid:a>`.
 */
/** Something about one provider: what it does, or what it was asked. */
export interface ProviderNote {
  readonly provider: string
  readonly json: string
}

export interface Exchange {
  /** Before it is sent. */
  readonly behaviours: readonly ProviderNote[]
  /** After it was answered. */
  readonly asked: readonly ProviderNote[]
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly reply: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | undefined
    readonly holds: readonly string[]
  }
}

export interface Transcript {
  readonly title: string
  readonly route: string
  readonly section: string
  readonly exchanges: readonly Exchange[]
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

interface Side {
  first: string
  headers: Record<string, string>
  body: string[]
  holds: string[]
}

const headerLine = /^([a-z][a-z-]*): (.*)$/

function addToSide(side: Side, text: string): void {
  const [, name, value] = side.body.length === 0 ? (headerLine.exec(text) ?? []) : []
  if (name !== undefined && value !== undefined) side.headers[name] = value
  else if (text.startsWith('~ ')) side.holds.push(text.slice(2))
  else side.body.push(text)
}

function toExchange(
  sent: Side,
  received: Side,
  notes: Pick<Exchange, 'behaviours' | 'asked'>,
): Exchange {
  const [method = '', path = ''] = sent.first.split(' ', 2)
  const { headers, holds } = received
  const status = Number(received.first)
  return {
    ...notes,
    method,
    path,
    headers: headersToSend(sent),
    body: bodyOf(sent),
    reply: { status, headers, holds, body: bodyOf(received) },
  }
}

function toNote(text: string): ProviderNote {
  const end = text.indexOf(' ')
  return { provider: text.slice(0, end), json: text.slice(end + 1) }
}

function bodyOf({ body }: Side): string | undefined {
  return body.length === 0 ? undefined : body.join('\n')
}

function headersToSend({ headers, body }: Side): Record<string, string> {
  const implied = body.length === 0 ? {} : { 'content-type': 'application/json' }
  return Object.fromEntries(
    Object.entries({ ...implied, ...headers }).filter(([, value]) => value !== '-'),
  )
}

class Reader {
  readonly transcripts: Transcript[] = []
  readonly #pieces = new Map<string, string>()
  #pieceBegun = ''
  #current: (Draft<Omit<Transcript, 'exchanges'>> & { exchanges: Exchange[] }) | undefined
  #sent: Side | undefined
  #received: Side | undefined
  #behaviours: ProviderNote[] = []
  #asked: ProviderNote[] = []

  take(line: string): void {
    const sign = line.slice(0, 2)
    const text = this.#filled(line.slice(2))
    if (line.trim() === '') return
    if (sign === '= ') this.#keepPiece(text)
    else if (sign === '# ') this.#begin(text)
    else if (sign === '@ ') this.#name(text)
    else if (sign === '% ') this.#behave(text)
    else if (sign === '? ') this.#asked.push(toNote(text))
    else if (sign === '> ') this.#send(text)
    else if (sign === '< ') this.#receive(text)
    else if (sign.startsWith(' ')) this.#continue(text)
    else throw new Error(`A transcript line that means nothing: ${line}`)
  }

  endExchange(): void {
    if (this.#sent && this.#received) {
      const notes = { behaviours: this.#behaviours, asked: this.#asked }
      this.#current?.exchanges.push(toExchange(this.#sent, this.#received, notes))
      this.#behaviours = []
      this.#asked = []
    }
    this.#sent = undefined
    this.#received = undefined
  }

  #keepPiece(text: string): void {
    const [name = '', ...rest] = text.split(' ')
    this.#pieces.set(name, rest.join(' '))
    this.#pieceBegun = name
  }

  #continue(text: string): void {
    const side = this.#received ?? this.#sent
    const asked = this.#asked.pop()
    if (asked) this.#asked.push({ ...asked, json: asked.json + text })
    else if (side) side.body.push(text)
    else this.#pieces.set(this.#pieceBegun, `${this.#pieces.get(this.#pieceBegun)}${text}`)
  }

  #begin(title: string): void {
    this.endExchange()
    this.#current = { title, route: '', section: '', exchanges: [] }
    this.transcripts.push(this.#current)
  }

  #name(text: string): void {
    const [route = '', section = ''] = text.split(' ')
    Object.assign(this.#current ?? {}, { route, section })
  }

  #behave(text: string): void {
    if (this.#received) this.endExchange()
    this.#behaviours.push(toNote(text))
  }

  #send(text: string): void {
    if (this.#received) this.endExchange()
    if (this.#sent) addToSide(this.#sent, text)
    else this.#sent = { first: text, headers: {}, body: [], holds: [] }
  }

  #receive(text: string): void {
    if (this.#received) addToSide(this.#received, text)
    else this.#received = { first: text, headers: {}, body: [], holds: [] }
  }

  #filled(text: string): string {
    return text.replaceAll(/\$\{([\w-]+)\}/g, (_, name: string) => {
      const piece = this.#pieces.get(name)
      if (piece === undefined) throw new Error(`No piece of text is called ${name}`)
      return piece
    })
  }
}

/** The transcripts of one file, in order. Throws on a line it does not understand. */
export function parseTranscripts(text: string): readonly Transcript[] {
  const reader = new Reader()
  for (const line of text.split('\n')) reader.take(line)
  reader.endExchange()
  return reader.transcripts
}
