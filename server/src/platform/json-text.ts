/** A value that is JSON text already, so that nobody needs to write it again. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** An object as JSON, with further members whose texts are put in as they are. */
export function jsonWith(
  object: object,
  texts: Readonly<Record<string, JsonText | undefined>>,
): string {
  const members = Object.entries(texts).flatMap(([name, json]) =>
    json === undefined ? [] : [`${JSON.stringify(name)}:${json.text}`],
  )
  const known = JSON.stringify(object).slice(1, -1)
  return `{${[...(known === '' ? [] : [known]), ...members].join(',')}}`
}
