import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import { shareCollection, unshareCollection } from '../../features/collections/index.ts'
import {
  getLinkedLog,
  getLogOfSharedCollection,
  getSharedCollection,
  shareLog,
  unshareLog,
} from '../../features/inference-logs/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { toRequest } from './collection-wire.ts'
import { baseUrlOf, isCrawler, playgroundHtml, sharedLogHtml } from './crawler-html.ts'
import { serve, type ThunderPowers } from './door.ts'
import { pageOf } from './page.ts'
import { PreviewImages } from './preview-image.ts'
import { readCard } from './preview-jobs.ts'
import { toTs } from './timestamps.ts'
import { toLogText } from './wire-log.ts'

const html = 'text/html; charset=utf-8'
const png = 'image/png'
const hour = 3600
const day = 24 * hour
/** Named in pages for whoever asks without a host and of a server that was told none. */
const usualBaseUrl = 'http://localhost:7474'
const noSlashForm = { hasNoSlashForm: true } as const

/** Public links and what they show. Source: thunder contract §1.10 to §1.12. */
export function shareRoutes(powers: ThunderPowers) {
  const images = new PreviewImages(powers.workroom)
  return [
    ...toggleRoutes(powers),
    ...sharedLogRoutes(powers, images),
    ...sharedCollectionRoutes(powers),
    ...playgroundRoutes(powers, images),
  ]
}

function toggleRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.shareLog, async ({ params: { request_id }, caller }) => {
      const token = await shareLog({ ...powers, caller }, request_id)
      return { status: 200, body: { request_id, ...shared(token, `/share/request/${token}`) } }
    }),
    serve(thunderRoutes.unshareLog, async ({ params: { request_id }, caller }) => {
      await unshareLog({ ...powers, caller }, request_id)
      return { status: 200, body: { request_id, ...unshared } }
    }),
    serve(thunderRoutes.shareCollection, async ({ params, caller }) => {
      const collection_id = Number(params.collection_id)
      const token = await shareCollection({ ...powers, caller }, collection_id)
      return { status: 200, body: { collection_id, ...shared(token, `/share/${token}`) } }
    }),
    serve(thunderRoutes.unshareCollection, async ({ params, caller }) => {
      const collection_id = Number(params.collection_id)
      await unshareCollection({ ...powers, caller }, collection_id)
      return { status: 200, body: { collection_id, ...unshared } }
    }),
  ]
}

function shared(public_token: string, public_url: string) {
  const message = 'It is public under this link'
  return { is_public: true as const, public_token, public_url, message }
}

const unshared = {
  is_public: false,
  public_token: null,
  public_url: null,
  message: 'It is private',
} as const

function sharedLogRoutes(powers: ThunderPowers, images: PreviewImages) {
  return [
    serve(thunderRoutes.readSharedLog, async ({ params: { public_token }, request }) => {
      const view = await getLinkedLog(powers, public_token)
      if (!isCrawler(request)) return { status: 200, json: toLogText(view) }
      const card = await powers.workroom.run(readCard, { rest: view.rest })
      const url = `${baseUrlOf(request, powers.publicBaseUrl ?? usualBaseUrl)}/share/request/${public_token}`
      return { status: 200, text: sharedLogHtml(card, url), contentType: html }
    }),
    serve(
      thunderRoutes.previewSharedLog,
      async ({ params }) => {
        const { log, rest } = await getLinkedLog(powers, params.public_token)
        const image = await images.ofLog(`${log.seq}:${log.revision}`, rest)
        return { status: 200, text: image, contentType: png, headers: cached(hour) }
      },
      noSlashForm,
    ),
    serve(thunderRoutes.readLogOfSharedCollection, async ({ params }) => {
      const { collection_token: token, request_id: requestId } = params
      const view = await getLogOfSharedCollection(powers, token, requestId)
      return { status: 200, json: toLogText(view) }
    }),
  ]
}

function sharedCollectionRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.readSharedCollection, async ({ params, query }) => {
      const found = await getSharedCollection(powers, params.public_token, pageOf(query))
      const { id, name, description, createdAt } = found.collection
      const created_at = toTs(createdAt)
      const collection = { id, name, description, created_at, request_count: found.total }
      // Who collected it is nobody's business here.
      const requests = found.requests.map((log) => ({ ...toRequest(log), added_by: null }))
      return { status: 200, body: { collection, requests, total_requests: found.total } }
    }),
  ]
}

function playgroundRoutes(powers: ThunderPowers, images: PreviewImages) {
  return [
    serve(thunderRoutes.playgroundCard, ({ request }) => {
      if (!isCrawler(request)) throw new DomainError('not-found', 'no such path')
      const url = `${baseUrlOf(request, powers.publicBaseUrl ?? usualBaseUrl)}/playground`
      return { status: 200, text: playgroundHtml(url), contentType: html }
    }),
    serve(
      thunderRoutes.playgroundPreview,
      async () => {
        const image = await images.ofPlayground()
        return { status: 200, text: image, contentType: png, headers: cached(day) }
      },
      noSlashForm,
    ),
  ]
}

function cached(seconds: number) {
  return { 'cache-control': `public, max-age=${seconds}` }
}
