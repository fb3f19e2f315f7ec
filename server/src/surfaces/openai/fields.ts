import {
  isEmptyJson,
  isJsonList,
  isJsonMap,
  type JsonMap,
  type JsonValue,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'

/** A field that cannot be read; `param` is its place, for example `messages[1].content`. */
export function unfit(param: string, wanted: string): DomainError {
  return new DomainError('invalid', `${param} must be ${wanted}`, { details: { param } })
}

/**
 * The members of one object, read by name. A member that is absent and one that is null are the
 * same throughout this dialect; an unfit one is refused under its full place.
 */
export class Fields {
  readonly map: JsonMap
  readonly at: string

  constructor(map: JsonMap, at = '') {
    this.map = map
    this.at = at
  }

  /** The place of a member. */
  place(name: string): string {
    return this.at === '' ? name : `${this.at}.${name}`
  }

  given(name: string): Exclude<JsonValue, null> | undefined {
    return this.map[name] ?? undefined
  }

  number(name: string): number | undefined {
    const value = this.given(name)
    if (value === undefined) return undefined
    // What overflows has become infinite, and would be sent on as null.
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw unfit(this.place(name), 'a number')
  }

  integer(name: string): number | undefined {
    const value = this.number(name)
    if (value === undefined || Number.isSafeInteger(value)) return value
    throw unfit(this.place(name), 'an integer')
  }

  boolean(name: string): boolean | undefined {
    const value = this.given(name)
    if (value === undefined || typeof value === 'boolean') return value
    throw unfit(this.place(name), 'true or false')
  }

  text(name: string): string | undefined {
    const value = this.given(name)
    if (value === undefined || typeof value === 'string') return value
    throw unfit(this.place(name), 'a string')
  }

  requiredText(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw unfit(this.place(name), 'a string')
    return value
  }

  list(name: string): readonly JsonValue[] | undefined {
    const value = this.given(name)
    if (value === undefined || isJsonList(value)) return value
    throw unfit(this.place(name), 'a list')
  }

  /** The elements of a list of objects; none where there is no list. */
  each(name: string): readonly Fields[] {
    return (this.list(name) ?? []).map((value, index) => {
      const place = `${this.place(name)}[${index}]`
      if (!isJsonMap(value)) throw unfit(place, 'an object')
      return new Fields(value, place)
    })
  }

  fields(name: string): Fields | undefined {
    const value = this.given(name)
    if (value === undefined) return undefined
    if (!isJsonMap(value)) throw unfit(this.place(name), 'an object')
    return new Fields(value, this.place(name))
  }

  requiredFields(name: string): Fields {
    const fields = this.fields(name)
    if (fields === undefined) throw unfit(this.place(name), 'an object')
    return fields
  }

  /** The places of members beside the known ones that ask for something. */
  others(known: ReadonlySet<string>): readonly string[] {
    const names = Object.keys(this.map).filter((name) => !known.has(name))
    return names.filter((name) => !isEmptyJson(this.map[name])).map((name) => this.place(name))
  }
}
