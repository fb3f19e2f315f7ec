import { IngestDocument } from '@pharos/contract/thunder/ingest.ts'
import { packLog, planLog, type IngestedLog } from '../../features/inference-logs/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import { portableProblem, readJson } from '../../platform/http/read-json.ts'
import { defineJob, inlineBodyBytes, type Workroom } from '../../platform/threads/workroom.ts'
import { fromIngest } from './wire-ingest.ts'

/** A body and the moment at which it came, in Unix seconds. */
interface Arrival {
  readonly body: Uint8Array<ArrayBuffer>
  readonly receivedAt: number
}

/** What a body turned out to be; errors lose what they know between threads, plain data does not. */
type Decoded =
  | { readonly value: IngestedLog }
  | { readonly problem: InputProblem }
  | { readonly invalid: string }

/** Reads a body where its size does not hold up others. Throws InputError, or `invalid`. */
export async function readIngest(workroom: Workroom, arrival: Arrival): Promise<IngestedLog> {
  const { body } = arrival
  const decoded =
    body.byteLength <= inlineBodyBytes
      ? decode(arrival)
      : await workroom.run(decodeIngestJob, arrival, [body.buffer])
  if ('value' in decoded) return decoded.value
  if ('invalid' in decoded) throw new DomainError('invalid', decoded.invalid)
  throw new InputError(decoded.problem)
}

export const decodeIngestJob = defineJob<Arrival, Decoded>({
  module: import.meta.url,
  name: 'decodeIngestJob',
  async run(arrival) {
    const decoded = decode(arrival)
    if (!('value' in decoded) || decoded.value.log instanceof Uint8Array) return decoded
    return { value: { ...decoded.value, log: packLog(decoded.value.log) } }
  },
})

function decode({ body, receivedAt }: Arrival): Decoded {
  try {
    const document = readJson(IngestDocument, body)
    const ownerKeyText = document.request.user_api_key ?? null
    return { value: { log: planLog(fromIngest(document), receivedAt), ownerKeyText } }
  } catch (error) {
    if (error instanceof InputError) return { problem: portableProblem(error) }
    if (error instanceof DomainError && error.code === 'invalid') return { invalid: error.message }
    throw error
  }
}
