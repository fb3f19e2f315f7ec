import type { Access } from '@pharos/contract/route.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import type { ModelPowers } from '../../features/models/index.ts'
import { serving } from '../../platform/http/surface.ts'

/** What the routes under `/api/v1` are given beside the caller of each request. */
export interface ManagementPowers extends Uses<'db' | 'clock' | 'ids' | 'vault'>, ModelPowers {}

export const serve = serving<Caller, Access>()
