/** Which tool calls wait for a result, for forms in which neither needs an id. */
export interface CallLedger {
  /** The id of a call: its own, or one made up from its place. */
  call(id: unknown, name: string): string
  /** The call that a result answers: by id, else the first open one of that name, else the first. */
  answer(id: unknown, name: unknown): { readonly id: string; readonly name?: string } | null
}

export function startCallLedger(): CallLedger {
  const names = new Map<string, string>()
  const open = new Map<string, Set<string>>()
  let count = 0
  const close = (id: string): void => {
    open.get(names.get(id) ?? '')?.delete(id)
    names.delete(id)
  }
  return {
    call(id, name) {
      const known = isText(id) ? id : `call_${count}`
      count += 1
      close(known)
      names.set(known, name)
      open.set(name, (open.get(name) ?? new Set()).add(known))
      return known
    },
    answer(id, name) {
      const candidates = isText(name) ? open.get(name) : names
      const found = isText(id) ? id : candidates?.keys().next().value
      if (found === undefined) return null
      close(found)
      return { id: found, ...(isText(name) ? { name } : {}) }
    },
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
