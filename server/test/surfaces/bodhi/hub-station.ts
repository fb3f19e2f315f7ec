import type { BodyFault, HubFault } from '../../support/fake-hub-content.ts'
import { FakeHub } from '../../support/fake-hub.ts'
import { encodeTinyModel } from '../../support/gguf/tiny-model.ts'

/** What a transcript has the hub do: a fault of its own or of a content, or a newer version. */
export type HubBehaviour =
  | ({ readonly type: 'refuse' } & HubFault)
  | { readonly type: 'put'; readonly repo: string; readonly filename: string }
  | BodyFault

const preset = {
  repo: 'TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF',
  filename: 'tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf',
}

/** The hub of a stage, with a few models; `requests` are those for contents. */
export class HubStation implements AsyncDisposable {
  readonly hub: FakeHub
  #versions = 0

  private constructor(hub: FakeHub) {
    this.hub = hub
  }

  static async open(): Promise<HubStation> {
    const station = new HubStation(await FakeHub.start())
    const { hub } = station
    hub.put('far/new', 'new-Q8_0.gguf', modelThatSays('Far'))
    hub.put('far/new', 'other.F16.gguf', modelThatSays('Other'))
    hub.put(preset.repo, preset.filename, modelThatSays('Preset'))
    hub.put('far/gated', 'gated-Q8_0.gguf', modelThatSays('Gated'))
    hub.refuse('far/gated', { status: 403, headers: { 'x-error-code': 'GatedRepo' } })
    hub.put('far/private', 'private-Q8_0.gguf', modelThatSays('Private'))
    hub.protect('far/private', 'hf_nobody-has-it')
    return station
  }

  get requests() {
    return this.hub.bodies.map(({ path, range = null }) => ({ path, body: { range } }))
  }

  next(behaviour: HubBehaviour): void {
    if (behaviour.type === 'put') this.putNewer(behaviour.repo, behaviour.filename)
    else if (behaviour.type === 'refuse') this.hub.failHub(behaviour)
    else this.hub.failBody(behaviour)
  }

  async untilAsked(count: number): Promise<void> {
    await this.hub.until(() => this.hub.bodies.length >= count)
  }

  /** Another content under a known name. */
  putNewer(repo: string, filename: string): void {
    this.#versions += 1
    this.hub.put(repo, filename, modelThatSays(`Version ${this.#versions}`))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.hub[Symbol.asyncDispose]()
  }
}

function modelThatSays(text: string): Buffer {
  return encodeTinyModel({ says: [text] })
}
