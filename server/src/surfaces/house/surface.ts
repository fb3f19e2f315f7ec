import { beaconOpenApi } from '@pharos/contract/beacon/document.ts'
import { houseRoutes } from '@pharos/contract/house/routes.ts'
import type { OpenApiDocument } from '@pharos/contract/openapi.ts'
import { renderReferenceHtml } from '@pharos/contract/reference.ts'
import type { Access } from '@pharos/contract/route.ts'
import { mayUse, type Caller } from '../../features/identity/index.ts'
import { getStatistics } from '../../features/traces/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { CorsPolicy } from '../../platform/http/cors.ts'
import type { Metrics } from '../../platform/http/metrics.ts'
import { pagePolicy } from '../../platform/http/page-policy.ts'
import type { Surface } from '../../platform/http/surface.ts'
import { aliasRoutes } from './alias-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { connectionRoutes } from './connection-routes.ts'
import { readDocsFile } from './docs-files.ts'
import { serve, type ManagementPowers } from './door.ts'
import { toErrorReply } from './errors.ts'
import { docsPage, rootPage } from './pages.ts'

export interface HousePowers extends ManagementPowers {
  readonly version: string
  readonly metrics: Metrics
  /** Who may read Beacon's documents: whoever may read its replies. */
  readonly documentCors: CorsPolicy | undefined
  resolveCaller: Surface<Caller, Access>['resolveCaller']
}

const html = 'text/html; charset=utf-8'

/**
 * Pharos' own: what a person sees who opens the address, the API's documentation, metrics, and what
 * the server is told of models.
 */
export function houseSurface(powers: HousePowers): Surface<Caller, Access> {
  const { db, version, metrics, documentCors } = powers
  const asDocument = documentCors === undefined ? {} : { cors: documentCors }
  // Making it takes longer than most requests, and it stays as it is.
  let made: OpenApiDocument | undefined
  const document = () => (made ??= beaconOpenApi())
  return {
    name: 'house',
    bodyLimitBytes: 1024 * 1024,
    // Clients of an Ollama ask for nothing but the head of `/` to see whether one is there.
    quirks: { answersHead: true },
    resolveCaller: powers.resolveCaller,
    toErrorReply,
    routes: [
      serve(houseRoutes.root, async ({ request, caller }) => {
        if (!(request.headers.accept ?? '').includes('text/html')) {
          const text = `Pharos ${version} is running\n`
          return { status: 200, text, contentType: 'text/plain; charset=utf-8' }
        }
        const mayRead = mayUse(caller, 'traces:read')
        const counts = mayRead ? await getStatistics({ db, caller }) : undefined
        const text = rootPage({ version, host: request.headers.host ?? '', counts })
        return { status: 200, text, contentType: html, headers: pagePolicy(`'none'`) }
      }),
      serve(
        houseRoutes.docs,
        () => ({
          status: 200,
          text: docsPage(),
          contentType: html,
          headers: pagePolicy(`'self'`),
        }),
        asDocument,
      ),
      serve(houseRoutes.docsFile, async ({ params }) => {
        const file = await readDocsFile(params.file)
        if (!file) throw new DomainError('not-found', 'Not Found')
        return { status: 200, text: file.bytes, contentType: file.contentType }
      }),
      serve(
        houseRoutes.redoc,
        () => ({
          status: 200,
          text: renderReferenceHtml(document()),
          contentType: html,
          headers: pagePolicy(`'none'`),
        }),
        asDocument,
      ),
      serve(houseRoutes.openapi, () => ({ status: 200, body: { ...document() } }), asDocument),
      serve(houseRoutes.metrics, async () => ({
        status: 200,
        text: await metrics.text(),
        contentType: metrics.contentType,
      })),
      ...connectionRoutes(powers),
      ...aliasRoutes(powers),
      ...auditRoutes(powers),
    ],
  }
}
