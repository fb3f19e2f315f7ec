import { otlpRoutes } from '@pharos/contract/otlp/routes.ts'
import type { Access } from '@pharos/contract/route.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import { ingestSpans } from '../../features/traces/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { pagesOf } from '../../platform/http/cors.ts'
import { InputError } from '../../platform/http/input-error.ts'
import {
  serving,
  type Call,
  type HttpRoute,
  type Surface,
  type SurfaceOptions,
} from '../../platform/http/surface.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'
import { decodeTraces } from './decode-traces.ts'
import { encodingOf, type OtlpEncoding } from './encoding.ts'
import { withoutBasic } from './basic.ts'
import { toErrorReply } from './errors.ts'
import { toExportReply } from './wire.ts'

export interface OtlpSurfaceOptions extends Uses<'db' | 'clock'>, SurfaceOptions<Caller, Access> {
  readonly workroom: Workroom
}

/** Exporters keep what is refused and send it again, so a queue of many seconds helps nobody. */
const maxQueuedBytes = 64 * 1024 * 1024

const serve = serving<Caller, Access>()

type Delivered = Pick<Call<HttpRoute, Caller, true>, 'rawBody' | 'caller' | 'request'>

/** Where stock OpenTelemetry exporters deliver. Source: OTLP/HTTP, rulings §12. */
export function otlpSurface(options: OtlpSurfaceOptions): Surface<Caller, Access> {
  const { db, workroom, corsOrigins } = options
  const take = async ({ rawBody, caller, request }: Delivered) => {
    const encoding = requiredEncoding(request.headers['content-type'])
    const bodyBytes = rawBody.byteLength
    const decoded = await decodeTraces(workroom, { encoding, bytes: rawBody })
    const { spans } = decoded
    const packedBytes = 'packed' in spans ? spans.packed.byteLength : 0
    const size = Math.max(bodyBytes, packedBytes)
    const { rejected } = await ingestSpans({ ...options, caller }, spans, size)
    return toExportReply(encoding, {
      rejected: decoded.rejected + rejected,
      reasons: [...decoded.reasons, ...(rejected > 0 ? ['span id of another trace'] : [])],
    })
  }
  const reading = {
    rawBody: true,
    acceptsType: (contentType: string | undefined) => encodingOf(contentType) !== undefined,
    admit: () => {
      if (db.waitingBytes <= maxQueuedBytes) return
      const message = 'Too much is waiting to be written'
      throw new DomainError('unavailable', message, { retryable: true })
    },
  } as const
  return {
    name: 'otlp',
    bodyLimitBytes: 64 * 1024 * 1024,
    cors: pagesOf(corsOrigins),
    resolveCaller: (request, access) => options.resolveCaller(withoutBasic(request), access),
    toErrorReply,
    routes: [
      serve(otlpRoutes.exportTraces, take, reading),
      serve(otlpRoutes.exportLangfuseTraces, take, reading),
    ],
  }
}

/** The mount lets an empty body pass whatever type it has; in protobuf that is a request, too. */
function requiredEncoding(contentType: string | undefined): OtlpEncoding {
  const encoding = encodingOf(contentType)
  if (encoding === undefined) throw new InputError({ kind: 'content-type', contentType })
  return encoding
}
