import type { Adapter, AdapterPayload } from 'oidc-provider'

/** What an issuer keeps, for as long as a test runs. */
export class OidcMemory {
  readonly #rows = new Map<string, AdapterPayload>()

  /** The class of the adapters that keep their rows in here. */
  adapter(): new (model: string) => Adapter {
    const rows = this.#rows
    return class implements Adapter {
      readonly #model: string

      constructor(model: string) {
        this.#model = model
      }

      async upsert(id: string, payload: AdapterPayload): Promise<void> {
        rows.set(this.#key(id), payload)
      }

      async find(id: string): Promise<AdapterPayload | undefined> {
        return rows.get(this.#key(id))
      }

      async findByUid(uid: string): Promise<AdapterPayload | undefined> {
        return this.#ours().find((payload) => payload.uid === uid)
      }

      async findByUserCode(): Promise<undefined> {
        return undefined
      }

      async consume(id: string): Promise<void> {
        const payload = rows.get(this.#key(id))
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
      }

      async destroy(id: string): Promise<void> {
        rows.delete(this.#key(id))
      }

      async revokeByGrantId(grantId: string): Promise<void> {
        for (const [key, payload] of rows) if (payload.grantId === grantId) rows.delete(key)
      }

      #key(id: string): string {
        return `${this.#model} ${id}`
      }

      #ours(): AdapterPayload[] {
        const ours = [...rows].filter(([key]) => key.startsWith(`${this.#model} `))
        return ours.map(([, payload]) => payload)
      }
    }
  }
}
