import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import {
  createCollection,
  deleteCollection,
  listCollections,
  updateCollection,
} from '../../features/collections/index.ts'
import {
  addToCollection,
  getCollectedLogs,
  listCollectionsOfLog,
  removeFromCollection,
} from '../../features/inference-logs/index.ts'
import { toCollection, toRequest, toSummary } from './collection-wire.ts'
import { serve, type ThunderPowers } from './door.ts'
import { pageOf } from './page.ts'

const added = 'The request is in the collection'
const removed = 'The request is no longer in the collection'

/** Collections and what they hold. Source: thunder contract §1.9. */
export function collectionRoutes(powers: ThunderPowers) {
  return [...ownCollectionRoutes(powers), ...memberRoutes(powers), ...logSideRoutes(powers)]
}

function ownCollectionRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.listCollections, async ({ query, caller }) => {
      const page = pageOf(query)
      const { collections, total } = await listCollections({ ...powers, caller }, page)
      return { status: 200, body: { collections: collections.map(toSummary), total, ...page } }
    }),
    serve(thunderRoutes.createCollection, async ({ body, caller }) => {
      const asked = { name: body.name, description: body.description ?? null }
      const collection = toCollection(await createCollection({ ...powers, caller }, asked))
      return { status: 201, body: { collection, message: 'The collection is made' } }
    }),
    serve(thunderRoutes.getCollection, async ({ params, query, caller }) => {
      const id = Number(params.collection_id)
      const found = await getCollectedLogs({ ...powers, caller }, id, pageOf(query))
      const requests = found.requests.map(toRequest)
      const collection = toCollection(found.collection)
      return { status: 200, body: { collection, requests, total_requests: found.total } }
    }),
    serve(thunderRoutes.updateCollection, async ({ params, body, caller }) => {
      const asked = { name: body.name ?? null, description: body.description ?? null }
      const id = Number(params.collection_id)
      const collection = toCollection(await updateCollection({ ...powers, caller }, id, asked))
      return { status: 200, body: { collection, message: 'The collection is changed' } }
    }),
    serve(thunderRoutes.deleteCollection, async ({ params, caller }) => {
      const id = Number(params.collection_id)
      await deleteCollection({ ...powers, caller }, id)
      return { status: 200, body: { id, message: 'The collection is deleted' } }
    }),
  ]
}

function memberRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.addToCollection, async ({ params, body, caller }) => {
      const collectionId = Number(params.collection_id)
      const asked = { collectionId, requestId: body.request_id, notes: body.notes ?? null }
      const { requestId } = await addToCollection({ ...powers, caller }, asked)
      return { status: 200, body: toMembership(collectionId, requestId, added) }
    }),
    serve(thunderRoutes.removeFromCollection, async ({ params, body, caller }) => {
      const collectionId = Number(params.collection_id)
      const asked = { collectionId, requestId: body.request_id }
      const { requestId } = await removeFromCollection({ ...powers, caller }, asked)
      return { status: 200, body: toMembership(collectionId, requestId, removed) }
    }),
  ]
}

function logSideRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.listCollectionsOfLog, async ({ params: { request_id }, caller }) => {
      const found = await listCollectionsOfLog({ ...powers, caller }, request_id)
      return { status: 200, body: { request_id, collections: found.map(toSummary) } }
    }),
    serve(thunderRoutes.addLogToCollection, async ({ params: { request_id }, body, caller }) => {
      const { collection_id: collectionId, notes = null } = body
      const asked = { collectionId, requestId: request_id, notes }
      const { requestId } = await addToCollection({ ...powers, caller }, asked)
      return { status: 200, body: toMembership(collectionId, requestId, added) }
    }),
    serve(thunderRoutes.removeLogFromCollection, async ({ params, body, caller }) => {
      const { collection_id: collectionId } = body
      const asked = { collectionId, requestId: params.request_id }
      const { requestId } = await removeFromCollection({ ...powers, caller }, asked)
      return { status: 200, body: toMembership(collectionId, requestId, removed) }
    }),
  ]
}

function toMembership(collection_id: number, request_id: string, message: string) {
  return { collection_id, request_id, message }
}
