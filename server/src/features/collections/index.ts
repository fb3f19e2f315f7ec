export { callerLabel, createCollection } from './create-collection.ts'
export {
  deleteCollection,
  shareCollection,
  unshareCollection,
  updateCollection,
} from './change-collection.ts'
export type { Collection, CollectionSummary } from './collection.ts'
export { listCollections, listCollectionsHolding } from './list-collections.ts'
export { useSharedCollection } from './shared-collection.ts'
export { getCollection, readCollection, useCollection } from './use-collection.ts'
