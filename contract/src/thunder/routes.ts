/** Every Thunder route by name. Literal path segments stand before parameters of the same place. */
import { activationRoutes } from './activations.ts'
import {
  bootstrap,
  createKey,
  deactivateKey,
  listKeys,
  updateKey,
  validateKey,
  whoAmI,
} from './auth.ts'
import { collectionRoutes } from './collections.ts'
import { noteRoutes } from './notes.ts'
import { shareRoutes } from './share.ts'
import { healthz } from './health.ts'
import { ingestLog } from './ingest.ts'
import { deleteLog, getLog, listLogOwners, listLogs } from './logs.ts'
import { playgroundRoutes } from './mods.ts'
import { createStreamTicket } from './stream.ts'

export const thunderRoutes = {
  bootstrap,
  validateKey,
  whoAmI,
  listKeys,
  createKey,
  updateKey,
  deactivateKey,
  ...noteRoutes,
  ...collectionRoutes,
  ...shareRoutes,
  ...playgroundRoutes,
  healthz,
  ingestLog,
  listLogs,
  listLogOwners,
  createStreamTicket,
  getLog,
  deleteLog,
  ...activationRoutes,
} as const
