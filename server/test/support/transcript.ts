/**
 * Transcripts: requests and the replies that a contract promises, written by hand as text.
 *
 *     = root {"span_id":"s1",...}        a piece of text, used as ${root} further down
 *     # A batch is counted               a transcript begins; its title
 *     @ ingestSpans §1.3-2               the route it is about, and the section it follows
 *     > POST /v1/spans                   an exchange: what is sent
 *     > accept: text/html                a header (`-` as value: left out)
 *     > {"spans":[${root}]}              the body, sent as it stands; lines are joined as they are
 *     < 200                              the status
 *     < vary: Origin                     a header that must be so
 *     < {"accepted":1,"rejected":0}      the body: JSON by value, other text by letter
 *     < ~ <title>                        other text: some of what it holds
 *
 * Lines that begin with a blank continue the body or the piece above. In expected JSON, `"<now>"`,
 * `"<uuid>"`, `"<text>"`, `"<int>"`, `"<number>"` and `"<any>"` stand for what no contract can
 * foretell, `"<uuid:a>"` for the same in every place, and a key `"…"` for further keys.
 */
export interface Exchange {
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

function toExchange(sent: Side, received: Side): Exchange {
  const [method = '', path = ''] = sent.first.split(' ', 2)
  const { headers, holds } = received
  const status = Number(received.first)
  return {
    method,
    path,
    headers: headersToSend(sent),
    body: bodyOf(sent),
    reply: { status, headers, holds, body: bodyOf(received) },
  }
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

  take(line: string): void {
    const sign = line.slice(0, 2)
    const text = this.#filled(line.slice(2))
    if (line.trim() === '') return
    if (sign === '= ') this.#keepPiece(text)
    else if (sign === '# ') this.#begin(text)
    else if (sign === '@ ') this.#name(text)
    else if (sign === '> ') this.#send(text)
    else if (sign === '< ') this.#receive(text)
    else if (sign.startsWith(' ')) this.#continue(text)
    else throw new Error(`A transcript line that means nothing: ${line}`)
  }

  endExchange(): void {
    if (this.#sent && this.#received) {
      this.#current?.exchanges.push(toExchange(this.#sent, this.#received))
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
    if (side) side.body.push(text)
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
